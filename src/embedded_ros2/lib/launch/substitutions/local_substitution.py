# SPDX-License-Identifier: Apache-2.0
"""A local of the context, such as the event that is being handled."""

from __future__ import annotations

from launch.errors import SubstitutionFailure
from launch.launch_context import LaunchContext
from launch.substitution import Substitution


class LocalSubstitution(Substitution):
    """Value of a dotted expression over the locals of the context, such as ``event.reason``."""

    def __init__(self, expression: str, description: str | None = None) -> None:
        self._expression = expression
        self._description = description

    def describe(self) -> str:
        """Return a short form for people."""
        return f"LocalVar('{self._description or self._expression}')"

    def perform(self, context: LaunchContext) -> str:
        """Return the value as text.

        Raises:
            SubstitutionFailure: there is no such local here.
        """
        value: object = context.locals
        for part in self._expression.split("."):
            if not hasattr(value, part):
                raise SubstitutionFailure(f"there is no local '{self._expression}' here")
            value = getattr(value, part)
        return str(value)
