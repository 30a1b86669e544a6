# SPDX-License-Identifier: Apache-2.0
"""A condition that user code triggers to have a callback run by an executor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy._executable import Executable, Work
from rclpy.callback_groups import CallbackGroup
from rclpy.context import Context


class GuardCondition(Executable):
    """Runs ``callback()`` in the executor after each trigger(); triggers before it ran count once."""

    def __init__(
        self,
        callback: Callable[[], Any] | None,
        callback_group: CallbackGroup | None,
        context: Context | None = None,
    ):
        super().__init__(callback_group)
        from rclpy.utilities import get_default_context

        self.callback = callback
        self._condition = (context or get_default_context()).participant.create_guard_condition()

    def trigger(self) -> None:
        """Have the callback run. May be called from any thread."""
        self._condition.trigger()

    def wait_handles(self) -> tuple[int, ...]:
        return (self._condition.handle,)

    def take_work(self) -> Work | None:
        if not self._condition.take():
            return None
        return self.callback or _nothing

    @property
    def handle(self) -> Any:
        """The condition of the transport."""
        return self._condition

    def destroy(self) -> None:
        """Delete the condition."""
        self._condition.close()


def _nothing() -> None:
    return None
