# SPDX-License-Identifier: Apache-2.0
"""A condition: a predicate over a launch context. The ready-made ones are in ``launch.conditions``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from launch.launch_context import LaunchContext


class Condition:
    """Wraps a predicate; evaluated each time that its action is visited."""

    def __init__(self, *, predicate: Callable[[LaunchContext], bool] | None = None) -> None:
        self._predicate = predicate
        self._last_result: bool | None = None

    def describe(self) -> str:
        """Return one line for people."""
        return repr(self)

    def evaluate(self, context: LaunchContext) -> bool:
        """Return whether the condition holds now.

        Raises:
            ValueError: the condition has no predicate.
        """
        if self._predicate is None:
            raise ValueError(f"{type(self).__name__} has no predicate to evaluate")
        self._last_result = bool(self._predicate(context))
        return self._last_result

    def last_evaluated_result(self) -> bool | None:
        """Return what the last evaluation gave; None before the first one."""
        return self._last_result
