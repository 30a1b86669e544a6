# SPDX-License-Identifier: Apache-2.0
"""Fields of a message set from nested dictionaries, as they come from YAML. The way back is ``convert``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from embedded_ros2.interfaces import interface_class
from embedded_ros2.interfaces.conversion import check_value
from embedded_ros2.interfaces.definition import FieldType
from embedded_ros2.interfaces.errors import nearest

_HEADER = "std_msgs/msg/Header"
_TIME = "builtin_interfaces/msg/Time"


def set_message_fields(
    msg: Any, values: dict[str, Any], expand_header_auto: bool = False, expand_time_now: bool = False
) -> list[Callable[[Any], None]]:
    """Set the fields that ``values`` names.

    Args:
        expand_header_auto: Accept ``auto`` for a header; its stamp is then set by the functions returned.
        expand_time_now: Accept ``now`` for a time, likewise.

    Returns:
        Functions that set the stamps asked for, each to be called with a ``builtin_interfaces.msg.Time``.

    Raises:
        AttributeError: for a field that the message does not have, with the nearest names.
        ValueError: for a value that does not fit its field.
    """
    stamps: list[Callable[[Any], None]] = []
    words = {_HEADER: "auto"} if expand_header_auto else {}
    if expand_time_now:
        words[_TIME] = "now"
    _set_fields(msg, values, _Stamps(words, stamps))
    return stamps


class _Stamps:
    """The words that stand for the time of sending, and what is to be done about those found."""

    def __init__(self, words: dict[str, str], setters: list[Callable[[Any], None]]) -> None:
        self._words = words
        self._setters = setters

    def expand(self, kind: FieldType, value: Any) -> Any:
        """Return a message to be stamped later, ``None`` if ``value`` is no such word."""
        if not isinstance(value, str) or self._words.get(kind.base) != value:
            return None
        message = interface_class(kind.base)()
        if kind.base == _HEADER:
            self._setters.append(lambda stamp: setattr(message, "stamp", stamp))
        else:
            self._setters.append(lambda stamp: _copy_time(message, stamp))
        return message


def _copy_time(target: Any, stamp: Any) -> None:
    target.sec, target.nanosec = stamp.sec, stamp.nanosec


def _set_fields(msg: Any, values: Any, stamps: _Stamps) -> None:
    name = msg._interface_name
    if not isinstance(values, dict):
        raise ValueError(f"{name}: a mapping of field names to values is expected, got {values!r:.80}")
    types = {field.name: field.type for field in msg._definition.fields}
    for field, value in values.items():
        if field not in types:
            hint = nearest(str(field), types) or f" (its fields: {', '.join(types) or 'none'})"
            raise AttributeError(f"{name} has no field {field!r}{hint}")
        setattr(msg, field, _field_value(f"{name}: the field {field!r}", types[field], value, stamps))


def _field_value(where: str, kind: FieldType, value: Any, stamps: _Stamps) -> Any:
    if not kind.container:
        return _element_value(where, kind, value, stamps)
    if isinstance(value, (str, dict)) or not hasattr(value, "__iter__"):
        raise ValueError(f"{where} must be a sequence of {kind.element.idl()}, got {value!r:.60}")
    items = [_element_value(where, kind.element, item, stamps) for item in value]
    if problem := check_value(kind, items):
        raise ValueError(f"{where} {problem}")
    return items


def _element_value(where: str, kind: FieldType, value: Any, stamps: _Stamps) -> Any:
    if kind.is_nested:
        cls = interface_class(kind.base)
        if isinstance(value, cls):
            return value
        message = stamps.expand(kind, value)
        if message is None:
            message = cls()
            _set_fields(message, {} if value is None else value, stamps)
        return message
    converted = _scalar(kind, value)
    if problem := check_value(kind, converted):
        raise ValueError(f"{where} {problem}")
    return converted


def _scalar(kind: FieldType, value: Any) -> Any:
    """Widen what YAML gives: whole numbers for floats, any plain scalar for strings, a number for a byte."""
    if kind.is_string and isinstance(value, (int, float)):
        return str(value)
    if kind.base in ("float32", "float64") and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind.base == "byte" and isinstance(value, int) and 0 <= value <= 255:
        return bytes((value,))
    if kind.base == "byte" and isinstance(value, str) and len(value) == 1 and ord(value) <= 255:
        return bytes((ord(value),))
    if (
        kind.is_primitive
        and isinstance(value, float)
        and value.is_integer()
        and kind.base.lstrip("u").startswith("int")
    ):
        return int(value)
    if kind.base == "bool" and value in (0, 1) and not isinstance(value, (str, float)):
        return bool(value)
    return value
