# SPDX-License-Identifier: Apache-2.0
"""Truth of a text: true, 1, false, 0."""

from __future__ import annotations

from collections.abc import Iterable

from launch.errors import LaunchError
from launch.launch_context import LaunchContext
from launch.substitution import Substitution
from launch.utilities import perform_substitutions

VALID_TRUE = ("true", "1")
VALID_FALSE = ("false", "0")


class InvalidConditionExpressionError(LaunchError):
    """The text is neither true nor false."""


def truth(text: str) -> bool:
    """Return the truth of a text.

    Raises:
        InvalidConditionExpressionError: it is neither.
    """
    word = text.strip().lower()
    if word in VALID_TRUE:
        return True
    if word in VALID_FALSE:
        return False
    raise InvalidConditionExpressionError(f"expected one of true, 1, false, 0, got '{text}'")


def evaluate_condition_expression(context: LaunchContext, expression: Iterable[Substitution]) -> bool:
    """Return the truth of the joined substitutions."""
    return truth(perform_substitutions(context, expression))
