# SPDX-License-Identifier: Apache-2.0
"""The base of all message classes: equality, text, reflection. The fields come from ``message_class``."""

from __future__ import annotations

from typing import Any, ClassVar

from .conversion import check_value
from .definition import MessageDefinition
from .errors import nearest


class _SlotTypes:
    """Computes ``SLOT_TYPES`` when it is first asked for, as its description classes are seldom needed."""

    def __get__(self, instance: object, owner: type[Message]) -> tuple[Any, ...]:
        from .slot_types import slot_type

        types = tuple(slot_type(field.type) for field in owner._definition.fields)
        owner.SLOT_TYPES = types  # type: ignore[misc]
        return types


class Message:
    """A message; its fields are the slots without their leading underscore."""

    __slots__ = ()

    _definition: ClassVar[MessageDefinition]
    _interface_name: ClassVar[str]
    _fields_and_field_types: ClassVar[dict[str, str]]
    SLOT_TYPES: ClassVar[Any] = _SlotTypes()

    @classmethod
    def get_fields_and_field_types(cls) -> dict[str, str]:
        """Return the field names in order, each with its type in IDL spelling."""
        return dict(cls._fields_and_field_types)

    def __eq__(self, other: object) -> bool:
        """Compare field by field; fixed-size numeric arrays element by element."""
        if type(other) is not type(self):
            return NotImplemented if not isinstance(other, Message) else False
        return all(_same(getattr(self, slot), getattr(other, slot)) for slot in self.__slots__)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Return e.g. ``std_msgs.msg.String(data='hello')``."""
        package, kind, name = self._interface_name.split("/")
        values = ", ".join(f"{slot[1:]}={_field_text(getattr(self, slot))}" for slot in self.__slots__)
        return f"{package}.{kind}.{name}({values})"


def _same(own: Any, other: Any) -> bool:
    if own is other:
        return True
    result = own == other
    return result if isinstance(result, bool) else bool(result.all())


def _field_text(value: Any) -> str:
    if hasattr(value, "typecode"):
        return repr(value.tolist())
    return repr(value)


def reject_arguments(cls: type[Message], unknown: dict[str, Any]) -> None:
    """Raise AssertionError, as rosidl's constructors do, for arguments that are no field of ``cls``."""
    fields = [field.name for field in cls._definition.fields]
    names = ", ".join(repr(name) for name in unknown)
    hint = nearest(next(iter(unknown)), fields) or f" (its fields: {', '.join(fields) or 'none'})"
    raise AssertionError(f"Invalid arguments passed to constructor: {cls._interface_name} has no field {names}{hint}")


def check_message(message: Message) -> None:
    """Raise AssertionError for the first field, at any depth, that does not hold a value of its type."""
    for field in message._definition.fields:
        value = getattr(message, f"_{field.name}")
        if problem := check_value(field.type, value):
            raise AssertionError(f"{message._interface_name}: the field {field.name!r} {problem}")
        if field.type.is_nested:
            for item in value if field.type.container else (value,):
                check_message(item)
