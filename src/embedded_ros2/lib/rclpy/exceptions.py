# SPDX-License-Identifier: Apache-2.0
"""The exceptions of rclpy. No logic beyond their messages."""

from __future__ import annotations

from typing import Any


class NotInitializedException(Exception):
    """rclpy was used before init() or after shutdown()."""

    def __init__(self, *args: Any):
        super().__init__("rclpy.init() has not been called", *args)


class NoTypeSupportImportedException(Exception):
    """A class without type support was used as a message, service or action type."""

    def __init__(self, *args: Any):
        super().__init__("no type support imported", *args)


class InvalidHandle(Exception):
    """An entity was used after it was destroyed."""


class NameValidationException(ValueError):
    """A topic, node or namespace name breaks the naming rules.

    Args:
        name_type: What the name names, e.g. "topic name".
        invalid_index: Index of the first offending character.
    """

    def __init__(self, name_type: str, name: str, error_msg: str, invalid_index: int, *args: Any):
        message = f"Invalid {name_type}: {error_msg}:\n  '{name}'\n   {' ' * invalid_index}^"
        super().__init__(message, *args)
        self.name_type = name_type
        self.name = name
        self.error_msg = error_msg
        self.invalid_index = invalid_index


class InvalidNamespaceException(NameValidationException):
    """A namespace breaks the naming rules."""

    def __init__(self, name: str, error_msg: str, invalid_index: int, *args: Any):
        super().__init__("namespace", name, error_msg, invalid_index, *args)


class InvalidNodeNameException(NameValidationException):
    """A node name breaks the naming rules."""

    def __init__(self, name: str, error_msg: str, invalid_index: int, *args: Any):
        super().__init__("node name", name, error_msg, invalid_index, *args)


class InvalidTopicNameException(NameValidationException):
    """A topic name breaks the naming rules."""

    def __init__(self, name: str, error_msg: str, invalid_index: int, *args: Any):
        super().__init__("topic name", name, error_msg, invalid_index, *args)


class InvalidServiceNameException(NameValidationException):
    """A service name breaks the naming rules."""

    def __init__(self, name: str, error_msg: str, invalid_index: int, *args: Any):
        super().__init__("service name", name, error_msg, invalid_index, *args)


class ParameterException(Exception):
    """Base of the exceptions about parameters.

    Args:
        parameters: The name or names it is about.
    """

    def __init__(self, error_msg: str, parameters: Any, *args: Any):
        super().__init__(f"{error_msg}: {parameters}", *args)


class ParameterNotDeclaredException(ParameterException):
    """A parameter was used that nobody declared."""

    def __init__(self, parameters: Any, *args: Any):
        super().__init__("Invalid access to undeclared parameter(s)", parameters, *args)


class ParameterAlreadyDeclaredException(ParameterException):
    """A parameter was declared twice."""

    def __init__(self, parameters: Any, *args: Any):
        super().__init__("Parameter(s) already declared", parameters, *args)


class InvalidParameterException(ParameterException):
    """A parameter name is not valid."""

    def __init__(self, parameter: Any, *args: Any):
        super().__init__("Invalid parameter name", parameter, *args)


class InvalidParameterTypeException(ParameterException):
    """An initial value has another type than the declaration."""

    def __init__(self, desired_parameter: Any, expected_type: str, *args: Any):
        Exception.__init__(
            self,
            f"Trying to set parameter '{desired_parameter.name}' to '{desired_parameter.value}' of type "
            f"'{desired_parameter.type_.name}', expecting type '{expected_type}'",
            *args,
        )
        self.param_name = desired_parameter.name


class InvalidParameterValueException(ParameterException):
    """A value was refused by a range or a callback."""

    def __init__(self, parameter: Any, value: Any, reason: str, *args: Any):
        Exception.__init__(
            self,
            f"Invalid parameter value ({value}) for parameter '{parameter}'. Reason: {reason}",
            *args,
        )


class ParameterImmutableException(ParameterException):
    """A read-only parameter was to be changed."""

    def __init__(self, parameter: Any, *args: Any):
        super().__init__("Attempted to modify read-only parameter", parameter, *args)


class ParameterUninitializedException(ParameterException):
    """A statically typed parameter was read before it had a value."""

    def __init__(self, parameter: Any, *args: Any):
        super().__init__("The parameter is not initialized", parameter, *args)


class ROSInterruptException(Exception):
    """A wait was ended by shutdown."""

    def __init__(self, *args: Any):
        super().__init__("rclpy.shutdown() has been called", *args)


class ROSNameValidationException(Exception):
    """A name could not be validated."""


class RemapError(ValueError):
    """A remap rule cannot be parsed."""


class UnknownROSArgsError(RuntimeError):
    """The command line holds ROS arguments that mean nothing.

    Args:
        unknown_args: The arguments that were not understood.
    """

    def __init__(self, unknown_args: list[str]):
        super().__init__(f"Found unknown ROS arguments: '{unknown_args}'")
        self.unknown_args = unknown_args
