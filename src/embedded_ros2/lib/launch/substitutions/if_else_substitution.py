# SPDX-License-Identifier: Apache-2.0
"""One of two values."""

from __future__ import annotations

from launch.conditions.evaluate_condition_expression import truth
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.substitution import Substitution
from launch.utilities import normalize_to_list_of_substitutions, substitute


class IfElseSubstitution(Substitution):
    """``if_value`` when the condition is true, else ``else_value``."""

    def __init__(
        self,
        condition: SomeSubstitutionsType,
        if_value: SomeSubstitutionsType = "",
        else_value: SomeSubstitutionsType = "",
    ) -> None:
        if not if_value and not else_value:
            raise RuntimeError("IfElseSubstitution needs if_value, else_value or both")
        self._condition = normalize_to_list_of_substitutions(condition)
        self._if_value = normalize_to_list_of_substitutions(if_value)
        self._else_value = normalize_to_list_of_substitutions(else_value)

    def perform(self, context: LaunchContext) -> str:
        """Return the value that the condition chooses; the other one is not performed."""
        return substitute(context, self._if_value if truth(substitute(context, self._condition)) else self._else_value)
