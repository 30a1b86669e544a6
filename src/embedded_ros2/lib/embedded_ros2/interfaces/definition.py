# SPDX-License-Identifier: Apache-2.0
"""What a .msg, .srv or .action says, as frozen data. No parsing, no classes, no bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Primitive:
    """A basic type of the interface language and its images elsewhere."""

    idl_name: str  # as in get_fields_and_field_types()
    struct_code: str  # one character of the struct module; size in bytes is the alignment too
    size: int
    type_id: int  # of type_description_interfaces/msg/FieldType
    array_code: str = ""  # of the array module; empty where rosidl uses a list
    numpy_name: str = ""  # of a fixed-size array; empty where rosidl uses a list


# Type ids: type_description_interfaces/msg/FieldType. char is an alias of uint8 since ROS 2 Foxy.
PRIMITIVES = {
    "bool": Primitive("boolean", "?", 1, 15),
    "byte": Primitive("octet", "c", 1, 16),
    "char": Primitive("uint8", "B", 1, 3, "B", "uint8"),
    "int8": Primitive("int8", "b", 1, 2, "b", "int8"),
    "uint8": Primitive("uint8", "B", 1, 3, "B", "uint8"),
    "int16": Primitive("int16", "h", 2, 4, "h", "int16"),
    "uint16": Primitive("uint16", "H", 2, 5, "H", "uint16"),
    "int32": Primitive("int32", "i", 4, 6, "i", "int32"),
    "uint32": Primitive("uint32", "I", 4, 7, "I", "uint32"),
    "int64": Primitive("int64", "q", 8, 8, "q", "int64"),
    "uint64": Primitive("uint64", "Q", 8, 9, "Q", "uint64"),
    "float32": Primitive("float", "f", 4, 10, "f", "float32"),
    "float64": Primitive("double", "d", 8, 11, "d", "float64"),
}
STRINGS = ("string", "wstring")

INTEGER_RANGES = {
    f"{sign}int{bits}": ((-(1 << bits - 1), (1 << bits - 1) - 1) if not sign else (0, (1 << bits) - 1))
    for bits in (8, 16, 32, 64)
    for sign in ("", "u")
} | {"char": (0, 255), "byte": (0, 255)}


@dataclass(frozen=True, slots=True)
class FieldType:
    """Type of one field.

    ``base`` is a key of ``PRIMITIVES``, one of ``STRINGS``, or a full name such as ``std_msgs/msg/Header``.
    ``container`` is ``""``, ``"array"`` (fixed size), ``"bounded"`` or ``"sequence"``.
    """

    base: str
    string_bound: int | None = None
    container: str = ""
    capacity: int = 0

    @property
    def is_primitive(self) -> bool:
        """Whether the base is a number, boolean, byte or character."""
        return self.base in PRIMITIVES

    @property
    def is_string(self) -> bool:
        """Whether the base is a string or wstring."""
        return self.base in STRINGS

    @property
    def is_nested(self) -> bool:
        """Whether the base is another message."""
        return "/" in self.base

    @property
    def element(self) -> FieldType:
        """The type of one element of a container."""
        return FieldType(self.base, self.string_bound)

    def idl(self) -> str:
        """Return the spelling of ``get_fields_and_field_types()``, e.g. ``sequence<double, 3>``."""
        return self._wrap(self._idl_base())

    def _idl_base(self) -> str:
        if self.is_primitive:
            return PRIMITIVES[self.base].idl_name
        if self.is_string:
            return self.base if self.string_bound is None else f"{self.base}<{self.string_bound}>"
        package, _, name = self.base.split("/")
        return f"{package}/{name}"

    def _wrap(self, base: str) -> str:
        if self.container == "array":
            return f"{base}[{self.capacity}]"
        if self.container == "bounded":
            return f"sequence<{base}, {self.capacity}>"
        return f"sequence<{base}>" if self.container else base


@dataclass(frozen=True, slots=True)
class Field:
    """One field; ``default`` is ``None`` where the text gives none."""

    name: str
    type: FieldType
    default: Any = None


@dataclass(frozen=True, slots=True)
class Constant:
    """One constant of a message; ``type`` is a key of ``PRIMITIVES`` or of ``STRINGS``."""

    name: str
    type: str
    value: Any


@dataclass(frozen=True, slots=True)
class MessageDefinition:
    """A message, or one part of a service or action; ``name`` is e.g. ``std_srvs/srv/SetBool_Request``."""

    name: str
    fields: tuple[Field, ...] = ()
    constants: tuple[Constant, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceDefinition:
    """A service: its request and response."""

    name: str
    request: MessageDefinition
    response: MessageDefinition


@dataclass(frozen=True, slots=True)
class ActionDefinition:
    """An action: its goal, result and feedback."""

    name: str
    goal: MessageDefinition
    result: MessageDefinition
    feedback: MessageDefinition = field(default_factory=lambda: MessageDefinition(""))


Definition = MessageDefinition | ServiceDefinition | ActionDefinition
