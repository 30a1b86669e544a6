# SPDX-License-Identifier: Apache-2.0
"""Conditions on the value of a launch configuration."""

from __future__ import annotations

from launch.condition import Condition
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.utilities import substitute


class LaunchConfigurationEquals(Condition):
    """Holds when a configuration has a value; ``None`` stands for "is not set"."""

    def __init__(self, launch_configuration_name: str, expected_value: SomeSubstitutionsType | None) -> None:
        self._name = launch_configuration_name
        self._expected = expected_value
        super().__init__(predicate=self._equals)

    def _equals(self, context: LaunchContext) -> bool:
        expected = None if self._expected is None else substitute(context, self._expected)
        return context.launch_configurations.get(self._name) == expected


class LaunchConfigurationNotEquals(LaunchConfigurationEquals):
    """Holds when a configuration has not that value."""

    def evaluate(self, context: LaunchContext) -> bool:
        """Return whether the value differs."""
        self._last_result = not super().evaluate(context)
        return self._last_result
