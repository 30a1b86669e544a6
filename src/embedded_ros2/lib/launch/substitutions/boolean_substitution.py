# SPDX-License-Identifier: Apache-2.0
"""Logic on truth texts. The results are "true" and "false"."""

from __future__ import annotations

from launch.conditions.evaluate_condition_expression import truth
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.substitution import Substitution
from launch.utilities import normalize_to_list_of_substitutions, perform_substitutions


class _BooleanSubstitution(Substitution):
    def __init__(self, *args: SomeSubstitutionsType) -> None:
        self._operands = [normalize_to_list_of_substitutions(arg) for arg in args]

    def describe(self) -> str:
        """Return a short form for people."""
        operands = (" + ".join(sub.describe() for sub in operand) for operand in self._operands)
        return f"{type(self).__name__}({', '.join(operands)})"

    def perform(self, context: LaunchContext) -> str:
        """Return "true" or "false"."""
        return str(self._decide([truth(perform_substitutions(context, operand)) for operand in self._operands])).lower()

    def _decide(self, values: list[bool]) -> bool:
        raise NotImplementedError


class NotSubstitution(_BooleanSubstitution):
    """The opposite of its operand."""

    def __init__(self, value: SomeSubstitutionsType) -> None:
        super().__init__(value)

    def _decide(self, values: list[bool]) -> bool:
        return not values[0]


class AllSubstitution(_BooleanSubstitution):
    """Whether all operands are true."""

    def _decide(self, values: list[bool]) -> bool:
        return all(values)


class AnySubstitution(_BooleanSubstitution):
    """Whether some operand is true."""

    def _decide(self, values: list[bool]) -> bool:
        return any(values)


class AndSubstitution(AllSubstitution):
    """Whether both operands are true."""

    def __init__(self, left: SomeSubstitutionsType, right: SomeSubstitutionsType) -> None:
        super().__init__(left, right)


class OrSubstitution(AnySubstitution):
    """Whether one operand is true."""

    def __init__(self, left: SomeSubstitutionsType, right: SomeSubstitutionsType) -> None:
        super().__init__(left, right)
