# SPDX-License-Identifier: Apache-2.0
"""Declared parameters of one node: values, descriptors, and the checks a new value must pass. No ROS entities."""

from __future__ import annotations

import copy
import difflib
import math
from collections.abc import Iterable, Sequence

from rcl_interfaces.msg import ParameterDescriptor, SetParametersResult

from rclpy.parameter import PARAMETER_SEPARATOR_STRING, Parameter

_EMPTY_LIST_TYPES = (
    Parameter.Type.BOOL_ARRAY,
    Parameter.Type.INTEGER_ARRAY,
    Parameter.Type.DOUBLE_ARRAY,
    Parameter.Type.STRING_ARRAY,
)
# 100 ulp at the magnitude of the bounds, the tolerance that rclpy documents for floating point ranges.
_RANGE_TOLERANCE_ULP = 100


def success() -> SetParametersResult:
    """Return a fresh successful result."""
    return SetParametersResult(successful=True)


def failure(reason: str) -> SetParametersResult:
    """Return a failed result with a reason."""
    return SetParametersResult(successful=False, reason=reason)


def with_declared_type(parameter: Parameter, type_: Parameter.Type) -> Parameter:
    """Give an empty list, which names no type by itself, the array type it is set on."""
    if type_ in _EMPTY_LIST_TYPES and isinstance(parameter.value, list) and not parameter.value:
        return Parameter(parameter.name, type_, [])
    return parameter


class ParameterStore:
    """Values and descriptors by name; every change goes through :meth:`check`."""

    def __init__(self) -> None:
        self._parameters: dict[str, Parameter] = {}
        self._descriptors: dict[str, ParameterDescriptor] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._parameters

    def __getitem__(self, name: str) -> Parameter:
        return self._parameters[name]

    @property
    def names(self) -> list[str]:
        """Declared names in order of declaration."""
        return list(self._parameters)

    def descriptor(self, name: str) -> ParameterDescriptor:
        """Return the descriptor of a declared name."""
        return self._descriptors[name]

    def declare(self, parameter: Parameter, descriptor: ParameterDescriptor) -> None:
        """Add a parameter; its descriptor is copied, named and typed after the parameter."""
        descriptor = copy.copy(descriptor)
        descriptor.name = parameter.name
        if parameter.type_ != Parameter.Type.NOT_SET:
            descriptor.type = parameter.type_.value
        self._parameters[parameter.name] = parameter
        self._descriptors[parameter.name] = descriptor

    def remove(self, name: str) -> None:
        """Forget a declared name."""
        del self._parameters[name]
        del self._descriptors[name]

    def put(self, parameter: Parameter) -> None:
        """Store a value that passed :meth:`check`."""
        descriptor = self._descriptors[parameter.name]
        if descriptor.dynamic_typing:
            descriptor.type = parameter.type_.value
        self._parameters[parameter.name] = with_declared_type(parameter, Parameter.Type(descriptor.type))

    def replace_descriptor(self, name: str, descriptor: ParameterDescriptor) -> None:
        """Replace the descriptor of a declared name."""
        descriptor = copy.copy(descriptor)
        descriptor.name = name
        descriptor.type = self._descriptors[name].type
        self._descriptors[name] = descriptor

    def check(self, parameter: Parameter) -> SetParametersResult:
        """Tell whether a declared parameter may take a value: read-only, type, then range."""
        descriptor = self._descriptors[parameter.name]
        if descriptor.read_only:
            return failure(f"Trying to set a read-only parameter: {parameter.name}.")
        return check_against(parameter, descriptor)

    def hint(self, name: str) -> str:
        """Return a clause that names the declared parameters nearest to a name, or an empty string."""
        near = difflib.get_close_matches(name, self._parameters, n=3, cutoff=0.6)
        return f"; did you mean {' or '.join(repr(item) for item in near)}?" if near else ""

    def list(self, prefixes: Sequence[str], depth: int) -> tuple[list[str], list[str]]:
        """Return names under the prefixes down to ``depth`` levels (0: all), and their group names."""
        names = [name for name in self._parameters if _is_listed(name, prefixes, depth)]
        groups = {name.rpartition(PARAMETER_SEPARATOR_STRING)[0] for name in names}
        return sorted(names), sorted(groups - {""})

    def under(self, prefix: str) -> dict[str, Parameter]:
        """Return the parameters under a prefix, by the rest of their name."""
        start = prefix + PARAMETER_SEPARATOR_STRING if prefix else ""
        return {name[len(start) :]: item for name, item in self._parameters.items() if name.startswith(start)}


def check_against(parameter: Parameter, descriptor: ParameterDescriptor) -> SetParametersResult:
    """Tell whether a value fits a descriptor's type and range."""
    if not descriptor.dynamic_typing:
        expected = Parameter.Type(descriptor.type)
        given = with_declared_type(parameter, expected).type_
        if expected != Parameter.Type.NOT_SET and given != expected:
            return failure(
                f"Wrong parameter type for '{parameter.name}', expected '{expected.name}' got '{given.name}' "
                f"(value {parameter.value!r})"
            )
    if parameter.type_ == Parameter.Type.INTEGER and descriptor.integer_range:
        return _check_integer(parameter, descriptor.integer_range[0])
    if parameter.type_ == Parameter.Type.DOUBLE and descriptor.floating_point_range:
        return _check_double(parameter, descriptor.floating_point_range[0])
    return success()


def _check_integer(parameter: Parameter, limits: object) -> SetParametersResult:
    low, high = sorted((limits.from_value, limits.to_value))
    value = parameter.value
    if value in (low, high):
        return success()
    if not low <= value <= high:
        return _out_of_range(parameter, low, high)
    if limits.step and (value - low) % limits.step:
        return _off_step(parameter, low, limits.step)
    return success()


def _check_double(parameter: Parameter, limits: object) -> SetParametersResult:
    low, high = sorted((limits.from_value, limits.to_value))
    value = parameter.value
    tolerance = _RANGE_TOLERANCE_ULP * max(math.ulp(low), math.ulp(high))
    if abs(value - low) <= tolerance or abs(value - high) <= tolerance:
        return success()
    if not low <= value <= high:
        return _out_of_range(parameter, low, high)
    if limits.step:
        distance = value - low
        if abs(distance - round(distance / limits.step) * limits.step) > tolerance:
            return _off_step(parameter, low, limits.step)
    return success()


def _out_of_range(parameter: Parameter, low: float, high: float) -> SetParametersResult:
    return failure(f"Parameter {parameter.name} out of range Min: {low}, Max: {high}, value: {parameter.value}")


def _off_step(parameter: Parameter, low: float, step: float) -> SetParametersResult:
    return failure(
        f"The parameter value for {parameter.name} must be an integer multiple of the step {step} counted from {low}, "
        f"value: {parameter.value}"
    )


def _is_listed(name: str, prefixes: Iterable[str], depth: int) -> bool:
    prefixes = list(prefixes)
    if not prefixes:
        return depth == 0 or name.count(PARAMETER_SEPARATOR_STRING) < depth
    for prefix in prefixes:
        if name == prefix:
            return True
        start = prefix + PARAMETER_SEPARATOR_STRING
        if name.startswith(start) and (depth == 0 or name[len(start) :].count(PARAMETER_SEPARATOR_STRING) < depth):
            return True
    return False
