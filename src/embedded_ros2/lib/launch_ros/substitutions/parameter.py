# SPDX-License-Identifier: Apache-2.0
"""The value of a parameter that SetParameter has set."""

from __future__ import annotations

from launch.errors import SubstitutionFailure
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.substitution import Substitution
from launch.utilities import nearest_names, normalize_to_list_of_substitutions, substitute
from launch_ros.actions.set_parameter import global_parameters


class Parameter(Substitution):
    """Value of a global parameter, else of ``default``."""

    def __init__(self, name: SomeSubstitutionsType, *, default: SomeSubstitutionsType | None = None) -> None:
        self._name = normalize_to_list_of_substitutions(name)
        self._default = default

    def perform(self, context: LaunchContext) -> str:
        """Return the value as text.

        Raises:
            SubstitutionFailure: it is not set and there is no default.
        """
        name = substitute(context, self._name)
        values = dict(entry for entry in global_parameters(context) if isinstance(entry, tuple))
        if name in values:
            return str(values[name])
        if self._default is None:
            raise SubstitutionFailure(f"parameter '{name}' is not set by SetParameter{nearest_names(name, values)}")
        return substitute(context, self._default)
