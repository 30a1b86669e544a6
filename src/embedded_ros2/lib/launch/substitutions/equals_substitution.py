# SPDX-License-Identifier: Apache-2.0
"""Equality of two texts; truth words and numbers compare by value."""

from __future__ import annotations

import math
from typing import Any

from launch.conditions.evaluate_condition_expression import VALID_FALSE, VALID_TRUE
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.substitution import Substitution
from launch.utilities import normalize_to_list_of_substitutions, substitute


class EqualsSubstitution(Substitution):
    """Text "true" when both sides are equal."""

    def __init__(self, left: SomeSubstitutionsType | Any, right: SomeSubstitutionsType | Any) -> None:
        self._left = _normalize(left)
        self._right = _normalize(right)

    def describe(self) -> str:
        """Return a short form for people."""
        sides = (" + ".join(sub.describe() for sub in side) for side in (self._left, self._right))
        return f"{type(self).__name__}({', '.join(sides)})"

    def perform(self, context: LaunchContext) -> str:
        """Return "true" or "false"."""
        return str(_equal(substitute(context, self._left), substitute(context, self._right))).lower()


class NotEqualsSubstitution(EqualsSubstitution):
    """Text "true" when the sides differ."""

    def perform(self, context: LaunchContext) -> str:
        """Return "true" or "false"."""
        return "false" if super().perform(context) == "true" else "true"


def _normalize(value: Any) -> list[Substitution]:
    plain = isinstance(value, (bool, int, float))
    return normalize_to_list_of_substitutions(str(value) if plain else value)


def _equal(left: str, right: str) -> bool:
    for words in (VALID_TRUE, VALID_FALSE):
        if left.lower() in words and right.lower() in words:
            return True
    try:
        return math.isclose(float(left), float(right))
    except ValueError:
        return left == right
