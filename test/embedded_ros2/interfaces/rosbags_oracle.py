# SPDX-License-Identifier: Apache-2.0
"""The rosbags library as an independent judge of bytes and hashes: its Jazzy types, and messages carried over."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from rosbags.interfaces import Nodetype
from rosbags.typesys import Stores, get_typestore

from embedded_ros2.interfaces.definition import PRIMITIVES

# rosbags takes byte for a signed number, ROS gives a bytes object.
_DTYPES = {name: primitive.numpy_name for name, primitive in PRIMITIVES.items()} | {"byte": "int8", "bool": "bool"}


@cache
def typestore() -> Any:
    """Return rosbags' Jazzy types, with char replaced by uint8, which rosidl takes it for."""
    store = get_typestore(Stores.ROS2_JAZZY)
    for name, (constants, fields) in store.fielddefs.items():
        store.fielddefs[name] = (constants, [(field, _without_char(desc)) for field, desc in fields])
    return store


def _without_char(desc: Any) -> Any:
    kind, content = desc
    if kind == Nodetype.BASE:
        return kind, ("uint8", content[1]) if content[0] == "char" else content
    if kind == Nodetype.NAME:
        return desc
    return kind, (_without_char(content[0]), content[1])


def message_names() -> list[str]:
    """Return the names of the messages that both sides know."""
    return sorted(name for name in typestore().fielddefs if not name.startswith("rosbag2_"))


def oracle_bytes(message: Any) -> bytes:
    """Return the message as rosbags writes it, padded to a multiple of four bytes as Cyclone DDS sends it."""
    written = bytes(typestore().serialize_cdr(_carried_over(message), message._interface_name))
    return written + bytes(-len(written) % 4)


def _carried_over(message: Any) -> Any:
    values = {field.name: _value(field.type, getattr(message, field.name)) for field in message._definition.fields}
    return typestore().types[message._interface_name](**values or {"structure_needs_at_least_one_member": 0})


def _value(kind: Any, value: Any) -> Any:
    if kind.is_nested:
        return [_carried_over(item) for item in value] if kind.container else _carried_over(value)
    if kind.base == "byte":
        value = np.frombuffer(b"".join(value) if kind.container else value, np.int8)
        return value if kind.container else int(value[0])
    return np.array(value, dtype=_DTYPES[kind.base]) if kind.container and kind.is_primitive else value
