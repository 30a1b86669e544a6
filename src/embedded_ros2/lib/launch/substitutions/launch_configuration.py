# SPDX-License-Identifier: Apache-2.0
"""The value of a launch configuration, and so of a launch argument."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from launch.errors import SubstitutionFailure
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.substitution import Substitution
from launch.utilities import is_substitution, nearest_names, normalize_to_list_of_substitutions, substitute


class LaunchConfiguration(Substitution):
    """Value of a configuration, else of ``default``."""

    def __init__(self, variable_name: SomeSubstitutionsType, *, default: Any | Iterable[Any] | None = None) -> None:
        self._variable_name = normalize_to_list_of_substitutions(variable_name)
        textual = default is None or isinstance(default, (str, Substitution)) or is_substitution(default)
        self._default = default if textual else str(default)

    @property
    def variable_name(self) -> list[Substitution]:
        """Name, as substitutions."""
        return self._variable_name

    def describe(self) -> str:
        """Return a short form for people."""
        return f"LaunchConfig({' + '.join(sub.describe() for sub in self._variable_name)})"

    def perform(self, context: LaunchContext) -> str:
        """Return the value.

        Raises:
            SubstitutionFailure: the configuration is not set and there is no default.
        """
        name = substitute(context, self._variable_name)
        if name in context.launch_configurations:
            return context.launch_configurations[name]
        if self._default is None:
            near = nearest_names(name, context.launch_configurations)
            raise SubstitutionFailure(f"launch configuration '{name}' does not exist{near}")
        return substitute(context, self._default)
