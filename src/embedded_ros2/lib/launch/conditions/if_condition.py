# SPDX-License-Identifier: Apache-2.0
"""Conditions on the truth of an expression."""

from __future__ import annotations

from launch.condition import Condition
from launch.conditions.evaluate_condition_expression import evaluate_condition_expression
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.utilities import normalize_to_list_of_substitutions


class IfCondition(Condition):
    """Holds when the expression is true or 1."""

    def __init__(self, predicate_expression: SomeSubstitutionsType) -> None:
        self._expression = normalize_to_list_of_substitutions(predicate_expression)
        super().__init__(predicate=lambda context: evaluate_condition_expression(context, self._expression))

    def describe(self) -> str:
        """Return one line for people."""
        return f"{type(self).__name__}({' + '.join(sub.describe() for sub in self._expression)})"


class UnlessCondition(Condition):
    """Holds when the expression is false or 0."""

    def __init__(self, predicate_expression: SomeSubstitutionsType) -> None:
        self._expression = normalize_to_list_of_substitutions(predicate_expression)
        super().__init__(predicate=lambda context: not evaluate_condition_expression(context, self._expression))

    def describe(self) -> str:
        """Return one line for people."""
        return f"{type(self).__name__}({' + '.join(sub.describe() for sub in self._expression)})"
