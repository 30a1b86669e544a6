# SPDX-License-Identifier: Apache-2.0
"""RIHS01 type hashes: SHA-256 over the JSON text of a type description, as REP 2016 fixes it."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

from .definition import PRIMITIVES, ActionDefinition, Field, FieldType, MessageDefinition, ServiceDefinition
from .library import ACTION_SERVICES, action_service, definition, event_definition, message_definition

# Offsets and ids of type_description_interfaces/msg/FieldType.
_CONTAINER_OFFSET = {"": 0, "array": 48, "bounded": 96, "sequence": 144}
_NESTED, _STRING, _WSTRING, _BOUNDED_STRING, _BOUNDED_WSTRING = 1, 17, 18, 21, 22
# A struct without members is not allowed in IDL.
EMPTY_MEMBER = Field("structure_needs_at_least_one_member", FieldType("uint8"))

Json = dict[str, Any]


@cache
def rihs01(name: str) -> str:
    """Return ``RIHS01_<64 hex digits>`` of a message, a part, or a whole service or action."""
    description = type_description(name)
    text = json.dumps(description, ensure_ascii=True, separators=(", ", ": "))
    return f"RIHS01_{hashlib.sha256(text.encode()).hexdigest()}"


def type_description(name: str) -> Json:
    """Return the type description that the hash covers: the type, and all types it refers to sorted by name."""
    described: dict[str, Json] = {}
    _describe(name, described)
    main = described.pop(name)
    return {"type_description": main, "referenced_type_descriptions": [described[key] for key in sorted(described)]}


def _describe(name: str, described: dict[str, Json]) -> None:
    if name in described:
        return
    fields = _members(name)
    described[name] = {"type_name": name, "fields": [_field_json(field) for field in fields]}
    for field in fields:
        if field.type.is_nested:
            _describe(field.type.base, described)


def _members(name: str) -> tuple[Field, ...]:
    whole = _whole(name)
    if isinstance(whole, MessageDefinition):
        return whole.fields or (EMPTY_MEMBER,)
    if isinstance(whole, ServiceDefinition):
        parts = {
            "request_message": whole.request.name,
            "response_message": whole.response.name,
            "event_message": event_definition(whole).name,
        }
    else:
        parts = {
            "goal": whole.goal.name,
            "result": whole.result.name,
            "feedback": whole.feedback.name,
            "send_goal_service": f"{name}_SendGoal",
            "get_result_service": f"{name}_GetResult",
            "feedback_message": f"{name}_FeedbackMessage",
        }
    return tuple(Field(member, FieldType(part)) for member, part in parts.items())


def _whole(name: str) -> MessageDefinition | ServiceDefinition | ActionDefinition:
    _, kind, short = name.split("/")
    for suffix in ACTION_SERVICES:
        if kind == "action" and short.endswith(suffix):
            return action_service(name.removesuffix(suffix), suffix)
    if kind == "msg" or "_" in short:
        return message_definition(name)
    return definition(name)


def _field_json(field: Field) -> Json:
    kind = field.type
    bounded = kind.string_bound is not None
    if kind.is_nested:
        type_id = _NESTED
    elif kind.is_primitive:
        type_id = PRIMITIVES[kind.base].type_id
    elif kind.base == "string":
        type_id = _BOUNDED_STRING if bounded else _STRING
    else:
        type_id = _BOUNDED_WSTRING if bounded else _WSTRING
    return {
        "name": field.name,
        "type": {
            "type_id": type_id + _CONTAINER_OFFSET[kind.container],
            "capacity": kind.capacity,
            "string_capacity": kind.string_bound or 0,
            "nested_type_name": kind.base if kind.is_nested else "",
        },
    }
