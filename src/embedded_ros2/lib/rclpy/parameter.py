# SPDX-License-Identifier: Apache-2.0
"""The parameter value type and its conversions to and from messages and text.

Storage and checks live in ``_parameter_store``; files and command lines in ``_parameter_overrides``.
"""

from __future__ import annotations

import array
from enum import IntEnum
from typing import Any

import yaml
from rcl_interfaces.msg import Parameter as ParameterMsg
from rcl_interfaces.msg import ParameterType, ParameterValue

PARAMETER_SEPARATOR_STRING = "."

_VALUE_FIELDS = {
    ParameterType.PARAMETER_BOOL: "bool_value",
    ParameterType.PARAMETER_INTEGER: "integer_value",
    ParameterType.PARAMETER_DOUBLE: "double_value",
    ParameterType.PARAMETER_STRING: "string_value",
    ParameterType.PARAMETER_BYTE_ARRAY: "byte_array_value",
    ParameterType.PARAMETER_BOOL_ARRAY: "bool_array_value",
    ParameterType.PARAMETER_INTEGER_ARRAY: "integer_array_value",
    ParameterType.PARAMETER_DOUBLE_ARRAY: "double_array_value",
    ParameterType.PARAMETER_STRING_ARRAY: "string_array_value",
}


def _is_plain_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


class Parameter:
    """A name, a type and a value.

    Args:
        name: Name of the parameter, dots separate groups.
        type_: Expected type; derived from ``value`` when left out.
        value: Python value; ``None`` means not set.

    Raises:
        TypeError: ``type_`` is not a :class:`Parameter.Type`, or a type cannot be derived from the value.
        ValueError: The value does not have the type ``type_``.
    """

    class Type(IntEnum):
        """Parameter types, numbered as ``rcl_interfaces/msg/ParameterType``."""

        NOT_SET = ParameterType.PARAMETER_NOT_SET
        BOOL = ParameterType.PARAMETER_BOOL
        INTEGER = ParameterType.PARAMETER_INTEGER
        DOUBLE = ParameterType.PARAMETER_DOUBLE
        STRING = ParameterType.PARAMETER_STRING
        BYTE_ARRAY = ParameterType.PARAMETER_BYTE_ARRAY
        BOOL_ARRAY = ParameterType.PARAMETER_BOOL_ARRAY
        INTEGER_ARRAY = ParameterType.PARAMETER_INTEGER_ARRAY
        DOUBLE_ARRAY = ParameterType.PARAMETER_DOUBLE_ARRAY
        STRING_ARRAY = ParameterType.PARAMETER_STRING_ARRAY

        @classmethod
        def from_parameter_value(cls, parameter_value: Any) -> Parameter.Type:
            """Return the parameter type of a Python value.

            Raises:
                TypeError: No parameter type holds the value.
            """
            if parameter_value is None:
                return cls.NOT_SET
            if isinstance(parameter_value, bool):
                return cls.BOOL
            if isinstance(parameter_value, int):
                return cls.INTEGER
            if isinstance(parameter_value, float):
                return cls.DOUBLE
            if isinstance(parameter_value, str):
                return cls.STRING
            if isinstance(parameter_value, (list, tuple, array.array)):
                return cls._from_sequence(parameter_value)
            raise TypeError(
                f"The given value is not one of the allowed types '{type(parameter_value)}': {parameter_value!r}."
            )

        @classmethod
        def _from_sequence(cls, values: Any) -> Parameter.Type:
            # An empty sequence is a byte array, as in the reference implementation.
            if all(isinstance(value, bytes) for value in values):
                return cls.BYTE_ARRAY
            if all(isinstance(value, bool) for value in values):
                return cls.BOOL_ARRAY
            if all(_is_plain_integer(value) for value in values):
                return cls.INTEGER_ARRAY
            if all(isinstance(value, float) for value in values):
                return cls.DOUBLE_ARRAY
            if all(isinstance(value, str) for value in values):
                return cls.STRING_ARRAY
            kinds = sorted({type(value).__name__ for value in values})
            raise TypeError(
                f"The given value is not a list of one of the allowed types; its elements are {', '.join(kinds)}: "
                f"{values!r}."
            )

        def check(self, parameter_value: Any) -> bool:
            """Tell whether a Python value has this type."""
            if isinstance(parameter_value, array.array):
                parameter_value = parameter_value.tolist()
            test = _SCALAR_TESTS.get(self)
            if test is not None:
                return test(parameter_value)
            element_test = _ELEMENT_TESTS[self]
            return isinstance(parameter_value, (list, tuple)) and all(map(element_test, parameter_value))

    @classmethod
    def from_parameter_msg(cls, param_msg: ParameterMsg) -> Parameter:
        """Build a parameter from its message.

        Raises:
            ValueError: The message holds an unknown type number.
        """
        value = parameter_value_to_python(param_msg.value)
        return cls(param_msg.name, Parameter.Type(value=param_msg.value.type), value)

    def __init__(self, name: str, type_: Parameter.Type | None = None, value: Any = None) -> None:
        if type_ is None:
            type_ = Parameter.Type.from_parameter_value(value)
        if not isinstance(type_, Parameter.Type):
            raise TypeError(f"type must be an instance of '{Parameter.Type!r}', got {type_!r}")
        if not type_.check(value):
            raise ValueError(f"Type '{type_}' and value '{value}' do not agree in parameter '{name}'")
        self._type_ = type_
        self._name = name
        self._value = value

    @property
    def name(self) -> str:
        """Name of the parameter."""
        return self._name

    @property
    def type_(self) -> Parameter.Type:
        """Type of the parameter."""
        return self._type_

    @property
    def value(self) -> Any:
        """Python value of the parameter; ``None`` when it is not set."""
        return self._value

    def get_parameter_value(self) -> ParameterValue:
        """Return the value as ``rcl_interfaces/msg/ParameterValue``."""
        message = ParameterValue(type=self.type_.value)
        field = _VALUE_FIELDS.get(self.type_.value)
        if field is not None:
            value = self.value
            setattr(message, field, list(value) if isinstance(value, (tuple, array.array)) else value)
        return message

    def to_parameter_msg(self) -> ParameterMsg:
        """Return ``rcl_interfaces/msg/Parameter``."""
        return ParameterMsg(name=self.name, value=self.get_parameter_value())

    def __repr__(self) -> str:
        return f"Parameter(name={self._name!r}, type_={self._type_.name}, value={self._value!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Parameter):
            return NotImplemented
        return (self._name, self._type_, self._value) == (other._name, other._type_, other._value)

    __hash__ = None  # type: ignore[assignment]


_SCALAR_TESTS = {
    Parameter.Type.NOT_SET: lambda value: value is None,
    Parameter.Type.BOOL: lambda value: isinstance(value, bool),
    Parameter.Type.INTEGER: _is_plain_integer,
    Parameter.Type.DOUBLE: lambda value: isinstance(value, float),
    Parameter.Type.STRING: lambda value: isinstance(value, str),
}
_ELEMENT_TESTS = {
    Parameter.Type.BYTE_ARRAY: lambda value: isinstance(value, bytes) and len(value) == 1,
    Parameter.Type.BOOL_ARRAY: lambda value: isinstance(value, bool),
    Parameter.Type.INTEGER_ARRAY: _is_plain_integer,
    Parameter.Type.DOUBLE_ARRAY: lambda value: isinstance(value, float),
    Parameter.Type.STRING_ARRAY: lambda value: isinstance(value, str),
}


def parameter_value_to_python(parameter_value: ParameterValue) -> Any:
    """Return the Python value that a ``ParameterValue`` message holds.

    Raises:
        RuntimeError: The message holds an unknown type number.
    """
    if parameter_value.type == ParameterType.PARAMETER_NOT_SET:
        return None
    field = _VALUE_FIELDS.get(parameter_value.type)
    if field is None:
        raise RuntimeError(f"unexpected parameter type {parameter_value.type}")
    value = getattr(parameter_value, field)
    return value if isinstance(value, (bool, int, float, str)) else list(value)


def get_parameter_value(string_value: str) -> ParameterValue:
    """Read a YAML value, e.g. ``"1.5"`` or ``"[a, b]"``; what no parameter type holds stays a string."""
    # YAML as PyYAML reads it, as upstream does here: unlike in rcl's files, "y" is text.
    try:
        value = yaml.safe_load(string_value)
        return Parameter("value", value=value).get_parameter_value()
    except (yaml.YAMLError, TypeError):
        return ParameterValue(type=ParameterType.PARAMETER_STRING, string_value=string_value)


def parameter_dict_from_yaml_file(
    parameter_file: str,
    use_wildcard: bool = False,
    target_nodes: list[str] | None = None,
    namespace: str = "",
) -> dict[str, ParameterMsg]:
    """Read parameter messages from a YAML file.

    Args:
        parameter_file: Path of the file.
        use_wildcard: Also take the values under ``/**``.
        target_nodes: Fully qualified names to read; all that the file names when left out.
        namespace: Prefix put before each parameter name.

    Returns:
        Messages by full parameter name.

    Raises:
        RuntimeError: The file names none of the target nodes, or is not a parameter file.
    """
    from rclpy._parameter_yaml import read_parameter_file

    sections = read_parameter_file(parameter_file)
    if target_nodes is None:
        chosen = [name for name in sections if use_wildcard or name != "/**"]
    else:
        wanted = {name.lstrip("/") for name in target_nodes}
        chosen = [name for name in sections if name.lstrip("/") in wanted]
        if use_wildcard and "/**" in sections:
            chosen.insert(0, "/**")
    if not chosen:
        raise RuntimeError(
            f"Param file does not contain any valid parameters: {parameter_file} has the sections "
            f"{sorted(sections)}, wanted {target_nodes or 'any node'}"
        )
    prefix = namespace + PARAMETER_SEPARATOR_STRING if namespace else ""
    merged: dict[str, Any] = {}
    for name in chosen:
        merged.update(sections[name])
    return {prefix + key: Parameter(prefix + key, value=value).to_parameter_msg() for key, value in merged.items()}
