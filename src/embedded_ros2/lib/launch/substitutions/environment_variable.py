# SPDX-License-Identifier: Apache-2.0
"""The value of an environment variable."""

from __future__ import annotations

from launch.errors import SubstitutionFailure
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.substitution import Substitution
from launch.utilities import normalize_to_list_of_substitutions, perform_substitutions, substitute


class EnvironmentVariable(Substitution):
    """Value of a variable at launch time, else of ``default_value``."""

    def __init__(self, name: SomeSubstitutionsType, *, default_value: SomeSubstitutionsType | None = None) -> None:
        self._name = normalize_to_list_of_substitutions(name)
        self._default = default_value

    @property
    def name(self) -> list[Substitution]:
        """Name, as substitutions."""
        return self._name

    def describe(self) -> str:
        """Return a short form for people."""
        return f"EnvVar({' + '.join(sub.describe() for sub in self._name)})"

    def perform(self, context: LaunchContext) -> str:
        """Return the value.

        Raises:
            SubstitutionFailure: the variable is not set and there is no default.
        """
        name = perform_substitutions(context, self._name)
        value = context.environment.get(name)
        if value is not None:
            return value
        if self._default is None:
            raise SubstitutionFailure(f"environment variable '{name}' is not set and has no default here")
        return substitute(context, self._default)
