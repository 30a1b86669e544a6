# SPDX-License-Identifier: Apache-2.0
"""Actions on the launch configurations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launch.action import Action
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.utilities import normalize_to_list_of_substitutions, substitute


class SetLaunchConfiguration(Action):
    """Gives a configuration a value."""

    def __init__(self, name: SomeSubstitutionsType, value: SomeSubstitutionsType, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._name = normalize_to_list_of_substitutions(name)
        self._value = normalize_to_list_of_substitutions(value)

    def describe(self) -> str:
        """Return one line for people."""
        texts = (" + ".join(sub.describe() for sub in part) for part in (self._name, self._value))
        return f"SetLaunchConfiguration({', '.join(texts)})"

    def execute(self, context: LaunchContext) -> None:
        """Set it."""
        context.launch_configurations[substitute(context, self._name)] = substitute(context, self._value)


class UnsetLaunchConfiguration(Action):
    """Removes a configuration."""

    def __init__(self, name: SomeSubstitutionsType, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._name = normalize_to_list_of_substitutions(name)

    def execute(self, context: LaunchContext) -> None:
        """Remove it; one that is not set is no error."""
        context.launch_configurations.pop(substitute(context, self._name), None)


class PushLaunchConfigurations(Action):
    """Keeps the configurations for the Pop to come."""

    def execute(self, context: LaunchContext) -> None:
        """Keep them."""
        context._push_launch_configurations()


class PopLaunchConfigurations(Action):
    """Brings back the configurations of the last Push."""

    def execute(self, context: LaunchContext) -> None:
        """Bring them back."""
        context._pop_launch_configurations()


class ResetLaunchConfigurations(Action):
    """Removes all configurations but those given."""

    def __init__(self, launch_configurations: Mapping[str, SomeSubstitutionsType] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._configurations = dict(launch_configurations or {})

    def execute(self, context: LaunchContext) -> None:
        """Evaluate those given first, then remove all others."""
        kept = {name: substitute(context, value) for name, value in self._configurations.items()}
        context.launch_configurations.clear()
        context.launch_configurations.update(kept)
