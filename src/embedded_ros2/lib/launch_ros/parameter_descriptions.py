# SPDX-License-Identifier: Apache-2.0
"""Parameters as a launch file describes them: a value of a stated type, a named one, a file."""

from __future__ import annotations

import typing
from typing import Any

import yaml

from launch.errors import LaunchError
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.utilities import is_substitution, substitute


class ParameterValue:
    """A value and, where it comes from text, the type that it is to have."""

    def __init__(self, value: Any, *, value_type: Any = None) -> None:
        self._value = value
        self._type = value_type

    @property
    def value(self) -> Any:
        """Value as given."""
        return self._value

    @property
    def value_type(self) -> Any:
        """Type that the value is to have; None means: as YAML reads it."""
        return self._type

    def evaluate(self, context: LaunchContext) -> Any:
        """Return the value in its type.

        Raises:
            LaunchError: the text is not a value of the type.
        """
        from launch_ros.utilities.parameters import yaml_value

        value = substitute(context, self._value) if is_substitution(self._value) else self._value
        if self._type is None:
            return yaml_value(value) if is_substitution(self._value) else value
        if self._type is str:
            return str(value)
        try:
            parsed = yaml.safe_load(value) if isinstance(value, str) else value
            return _coerce(parsed, self._type)
        except (yaml.YAMLError, TypeError, ValueError) as error:
            wanted = getattr(self._type, "__name__", str(self._type))
            raise LaunchError(f"parameter value '{value}' is not a {wanted}") from error


class Parameter(ParameterValue):
    """A value with a name."""

    def __init__(self, name: SomeSubstitutionsType, value: Any, *, value_type: Any = None) -> None:
        super().__init__(value, value_type=value_type)
        self.name = name


class ParameterFile:
    """A parameter file; with ``allow_substs`` the ``$(…)`` in it are put in."""

    def __init__(
        self, param_file: SomeSubstitutionsType, *, allow_substs: bool | SomeSubstitutionsType = False
    ) -> None:
        self.param_file = param_file
        self.allow_substs = allow_substs


def _coerce(value: Any, wanted: Any) -> Any:
    if typing.get_origin(wanted) is list:
        if not isinstance(value, (list, tuple)):
            raise TypeError("not a list")
        return [_coerce(entry, typing.get_args(wanted)[0]) for entry in value]
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if wanted is str:
        return str(value)
    if type(value) is not wanted:
        raise TypeError(f"not a {wanted}")
    return value
