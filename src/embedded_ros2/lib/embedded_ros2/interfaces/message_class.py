# SPDX-License-Identifier: Apache-2.0
"""Message classes built from definitions: slots, constructor, constants. No bytes, no imports by name."""

from __future__ import annotations

import array
import os
import re
from functools import cache
from typing import Any

from .conversion import check_value, converter
from .definition import PRIMITIVES, Field, MessageDefinition
from .library import message_definition
from .message import Message, check_message, reject_arguments

# Same variable and meaning as rosidl_generator_py has in Jazzy; read when a class is built.
_CHECK_FIELDS = "ROS_PYTHON_CHECK_FIELDS"


@cache
def message_class(name: str) -> type[Message]:
    """Return the class of a message or of a part of a service or action, e.g. ``std_srvs/srv/SetBool_Request``.

    Raises:
        UnknownPackage, UnknownInterface, DefinitionError: as their docstrings say.
    """
    definition = message_definition(name)
    package, kind, short = definition.name.split("/")
    namespace: dict[str, Any] = {
        "__slots__": tuple(f"_{field.name}" for field in definition.fields),
        "__module__": f"{package}.{kind}._{module_stem(short)}",
        "__doc__": f"Message class '{short}' of {definition.name}.",
        "_definition": definition,
        "_interface_name": definition.name,
        "_fields_and_field_types": {field.name: field.type.idl() for field in definition.fields},
    }
    for constant in definition.constants:
        namespace[constant.name] = constant.value
    for field in definition.fields:
        if field.default is not None:
            namespace[f"{field.name.upper()}__DEFAULT"] = _default(field)
    cls: type[Message] = type(short, (Message,), namespace)
    _add_fields(cls, definition)
    cls.__init__ = _constructor(cls, definition)  # type: ignore[method-assign]
    return cls


def module_stem(short: str) -> str:
    """Return the module name that rosidl gives to an interface, e.g. ``joint_state`` for ``JointState``.

    The parts of a service or action live in the module of the whole.
    """
    whole = short.split("_")[0]
    spaced = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", whole)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", spaced).lower()


def _add_fields(cls: type[Message], definition: MessageDefinition) -> None:
    checked = os.environ.get(_CHECK_FIELDS) == "1"
    for field in definition.fields:
        slot = cls.__dict__[f"_{field.name}"]
        convert = converter(field.type)
        # Without conversion the slot itself serves as the attribute: as fast as Python allows.
        if convert is None and not checked:
            setattr(cls, field.name, slot)
        else:
            setattr(cls, field.name, property(slot.__get__, _setter(slot, field, checked=checked)))


def _setter(slot: Any, field: Field, *, checked: bool) -> Any:
    convert = converter(field.type)
    store = slot.__set__
    field_type = field.type

    def set_checked(message: Message, value: Any) -> None:
        if problem := check_value(field_type, value):
            raise AssertionError(f"{message._interface_name}: the field {field.name!r} {problem}")
        store(message, value if convert is None else convert(value))

    def set_converted(message: Message, value: Any) -> None:
        store(message, convert(value))  # type: ignore[misc]

    return set_checked if checked else set_converted


def _constructor(cls: type[Message], definition: MessageDefinition) -> Any:
    """Compile ``__init__(self, *, field=default, ...)``; mutable defaults are made afresh in each call."""
    scope: dict[str, Any] = {
        "array": array.array,
        "cls": cls,
        "reject": reject_arguments,
        "check": check_message,
    }
    parameters: list[str] = []
    body: list[str] = []
    for index, field in enumerate(definition.fields):
        if not field.type.container and not field.type.is_nested:
            scope[f"d{index}"] = _default(field)
            parameters.append(f"{field.name}=d{index}")
            body.append(f"self.{field.name} = {field.name}")
            continue
        parameters.append(f"{field.name}=None")
        fresh = _fresh_default(field, f"d{index}", scope)
        body.append(f"if {field.name} is None: self._{field.name} = {fresh}")
        body.append(f"else: self.{field.name} = {field.name}")
    lines = [
        f"def __init__(self, *, {''.join(p + ', ' for p in parameters)}check_fields=False, **unknown):",
        " if unknown: reject(cls, unknown)",
        *(f" {line}" for line in body),
        " if check_fields: check(self)",
    ]
    exec("\n".join(lines), scope)
    return scope["__init__"]


def _fresh_default(field: Field, name: str, scope: dict[str, Any]) -> str:
    """Return an expression for a new default value, with what it needs put into ``scope``."""
    kind = field.type
    if kind.is_nested:
        scope[name] = message_class(kind.base)
        if not kind.container:
            return f"{name}()"
        return f"[{name}() for _ in range({kind.capacity})]" if kind.container == "array" else "[]"
    if (field.default is None and kind.container != "array") or field.default == []:
        code = PRIMITIVES[kind.base].array_code if kind.is_primitive else ""
        return f"array({code!r})" if code else "[]"
    scope[name] = _default(field)
    return f"{name}[:]" if isinstance(scope[name], (list, array.array)) else f"{name}.copy()"


_ZEROS: dict[str, Any] = {"bool": False, "byte": b"\0", "float32": 0.0, "float64": 0.0, "string": "", "wstring": ""}


def _default(field: Field) -> Any:
    """Return the default of a field whose elements are primitives or strings."""
    kind = field.type
    zero = _ZEROS.get(kind.base, 0)
    if not kind.container:
        return zero if field.default is None else field.default
    values = field.default
    if values is None:
        values = [zero] * (kind.capacity if kind.container == "array" else 0)
    convert = converter(kind)
    return list(values) if convert is None else convert(values)
