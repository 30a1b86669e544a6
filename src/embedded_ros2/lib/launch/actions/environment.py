# SPDX-License-Identifier: Apache-2.0
"""Actions on the environment of the processes to come."""

from __future__ import annotations

import os
from typing import Any

from launch.action import Action
from launch.conditions.evaluate_condition_expression import truth
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.utilities import normalize_to_list_of_substitutions, substitute


class SetEnvironmentVariable(Action):
    """Gives a variable a value."""

    def __init__(self, name: SomeSubstitutionsType, value: SomeSubstitutionsType, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._name = normalize_to_list_of_substitutions(name)
        self._value = normalize_to_list_of_substitutions(value)

    def describe(self) -> str:
        """Return one line for people."""
        texts = (" + ".join(sub.describe() for sub in part) for part in (self._name, self._value))
        return f"SetEnvironmentVariable({', '.join(texts)})"

    def execute(self, context: LaunchContext) -> None:
        """Set it."""
        os.environ[substitute(context, self._name)] = substitute(context, self._value)


class AppendEnvironmentVariable(Action):
    """Adds a value behind those of a variable, or before them with ``prepend``."""

    def __init__(
        self,
        name: SomeSubstitutionsType,
        value: SomeSubstitutionsType,
        prepend: bool | SomeSubstitutionsType = False,
        separator: SomeSubstitutionsType = os.pathsep,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._name = normalize_to_list_of_substitutions(name)
        self._value = normalize_to_list_of_substitutions(value)
        self._prepend = normalize_to_list_of_substitutions(str(prepend) if isinstance(prepend, bool) else prepend)
        self._separator = normalize_to_list_of_substitutions(separator)

    def execute(self, context: LaunchContext) -> None:
        """Add it."""
        name, value = substitute(context, self._name), substitute(context, self._value)
        parts = [value] if not os.environ.get(name) else [os.environ[name], value]
        if truth(substitute(context, self._prepend)):
            parts.reverse()
        os.environ[name] = substitute(context, self._separator).join(parts)


class UnsetEnvironmentVariable(Action):
    """Removes a variable."""

    def __init__(self, name: SomeSubstitutionsType, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._name = normalize_to_list_of_substitutions(name)

    def execute(self, context: LaunchContext) -> None:
        """Remove it; one that is not set is no error."""
        os.environ.pop(substitute(context, self._name), None)


class PushEnvironment(Action):
    """Keeps the environment for the Pop to come."""

    def execute(self, context: LaunchContext) -> None:
        """Keep it."""
        context._push_environment()


class PopEnvironment(Action):
    """Brings back the environment of the last Push."""

    def execute(self, context: LaunchContext) -> None:
        """Bring it back."""
        context._pop_environment()


class ResetEnvironment(Action):
    """Brings back the environment of the first Push."""

    def execute(self, context: LaunchContext) -> None:
        """Bring it back."""
        context._reset_environment()
