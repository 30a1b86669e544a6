# SPDX-License-Identifier: Apache-2.0
"""Parameters for all nodes that follow in the scope."""

from __future__ import annotations

from typing import Any

from launch.action import Action
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.utilities import is_substitution, substitute
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.utilities.parameters import check_parameter_file, evaluate_parameter_dict

_KEY = "global_params"


def global_parameters(context: LaunchContext) -> list[Any]:
    """Return ``(name, value)`` pairs and paths of files in the order in which they were set."""
    configurations: dict[str, Any] = context.launch_configurations
    return list(configurations.get(_KEY, []))


def add_global_parameter(context: LaunchContext, entry: tuple[str, Any] | str) -> None:
    """Add a pair or a file; the list is a new one, so that an outer scope keeps its own."""
    configurations: dict[str, Any] = context.launch_configurations
    configurations[_KEY] = [*global_parameters(context), entry]


class SetParameter(Action):
    """Sets a parameter of all nodes that follow in the scope."""

    def __init__(self, name: SomeSubstitutionsType, value: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._name = name
        self._value = value

    def describe(self) -> str:
        """Return one line for people."""
        return f"{type(self).__name__}({self._name})"

    def execute(self, context: LaunchContext) -> None:
        """Set it."""
        name = substitute(context, self._name)
        add_global_parameter(context, (name, evaluate_parameter_dict(context, {name: self._value})[name]))


class SetUseSimTime(SetParameter):
    """Sets ``use_sim_time`` of all nodes that follow in the scope."""

    def __init__(self, value: bool | SomeSubstitutionsType, **kwargs: Any) -> None:
        typed = ParameterValue(value, value_type=bool) if isinstance(value, str) or is_substitution(value) else value
        super().__init__("use_sim_time", typed, **kwargs)


class SetParametersFromFile(Action):
    """Gives a parameter file to all nodes that follow in the scope."""

    def __init__(self, filename: SomeSubstitutionsType, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._filename = filename

    def execute(self, context: LaunchContext) -> None:
        """Add it."""
        add_global_parameter(context, check_parameter_file(substitute(context, self._filename)))
