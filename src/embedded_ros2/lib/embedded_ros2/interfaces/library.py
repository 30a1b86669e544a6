# SPDX-License-Identifier: Apache-2.0
"""Definitions by name, read from disk once. No classes, no bytes."""

from __future__ import annotations

from functools import cache

from .definition import (
    ActionDefinition,
    Definition,
    Field,
    FieldType,
    MessageDefinition,
    ServiceDefinition,
)
from .errors import InterfaceError, UnknownInterface
from .parse import PART_NAMES, parse_interface
from .source import interface_path

_UUID = FieldType("unique_identifier_msgs/msg/UUID")
_TIME = FieldType("builtin_interfaces/msg/Time")
# Parts that follow from an action's three and are named after it.
ACTION_SERVICES = ("_SendGoal", "_GetResult")


def split_name(name: str) -> tuple[str, str, str]:
    """Split ``package/kind/Name``; ``package/Name`` is taken as a message.

    Raises:
        InterfaceError: when the name has another form.
    """
    parts = name.split("/")
    if len(parts) == 2:
        parts.insert(1, "msg")
    if len(parts) != 3 or parts[1] not in PART_NAMES or not all(parts):
        raise InterfaceError(
            f"an interface is named package/msg/Name, package/srv/Name or package/action/Name: {name!r}"
        )
    return parts[0], parts[1], parts[2]


@cache
def definition(name: str) -> Definition:
    """Return the definition of ``package/kind/Name`` as its file gives it.

    Raises:
        UnknownPackage, UnknownInterface, DefinitionError: as their docstrings say.
    """
    package, kind, short = split_name(name)
    path = interface_path(package, kind, short)
    return parse_interface(f"{package}/{kind}/{short}", path.read_text(encoding="utf-8"))


@cache
def message_definition(name: str) -> MessageDefinition:
    """Return the definition of a message or of any part of a service or action, e.g. ``a/srv/B_Request``."""
    package, kind, short = split_name(name)
    if kind == "msg":
        found = definition(name)
        if isinstance(found, MessageDefinition):
            return found
    if kind == "action":
        for suffix in ACTION_SERVICES:
            stem, separator, part = short.rpartition(f"{suffix}_")
            if separator:
                return _part(action_service(f"{package}/action/{stem}", suffix), part)
        if short.endswith("_FeedbackMessage"):
            return _feedback_message(f"{package}/action/{short.removesuffix('_FeedbackMessage')}")
    stem, _, part = short.rpartition("_")
    if stem:
        return _part(definition(f"{package}/{kind}/{stem}"), part)
    raise UnknownInterface(f"{name} is no message type, but a whole {kind}")


def _part(whole: Definition, part: str) -> MessageDefinition:
    if part == "Event" and isinstance(whole, ServiceDefinition):
        return event_definition(whole)
    found = getattr(whole, part.lower(), None)
    if not isinstance(found, MessageDefinition):
        raise UnknownInterface(f"{whole.name} has no part {part!r}")
    return found


def event_definition(service: ServiceDefinition) -> MessageDefinition:
    """Return the introspection event of a service."""
    return MessageDefinition(
        f"{service.name}_Event",
        (
            Field("info", FieldType("service_msgs/msg/ServiceEventInfo")),
            Field("request", FieldType(service.request.name, None, "bounded", 1)),
            Field("response", FieldType(service.response.name, None, "bounded", 1)),
        ),
    )


def action_service(name: str, suffix: str) -> ServiceDefinition:
    """Return the service ``_SendGoal`` or ``_GetResult`` that belongs to the action ``name``."""
    action = definition(name)
    if not isinstance(action, ActionDefinition):
        raise UnknownInterface(f"{name} is no action")
    service = name + suffix
    if suffix == "_SendGoal":
        request = (Field("goal_id", _UUID), Field("goal", FieldType(action.goal.name)))
        response = (Field("accepted", FieldType("bool")), Field("stamp", _TIME))
    else:
        request = (Field("goal_id", _UUID),)
        response = (Field("status", FieldType("int8")), Field("result", FieldType(action.result.name)))
    return ServiceDefinition(
        service,
        MessageDefinition(f"{service}_Request", request),
        MessageDefinition(f"{service}_Response", response),
    )


def _feedback_message(name: str) -> MessageDefinition:
    action = definition(name)
    if not isinstance(action, ActionDefinition):
        raise UnknownInterface(f"{name} is no action")
    fields = (Field("goal_id", _UUID), Field("feedback", FieldType(action.feedback.name)))
    return MessageDefinition(f"{name}_FeedbackMessage", fields)
