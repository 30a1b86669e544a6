# SPDX-License-Identifier: Apache-2.0
"""Waits until the arm rests. Nothing is commanded: without a reference safety ends at rest by itself."""

from __future__ import annotations

from py_trees.common import Status

from vla_ros.executor.behaviours.base import TaskBehaviour
from vla_ros.executor.context import Phase
from vla_ros.tasks import ErrorCode

__all__ = ["ComeToRest"]


class ComeToRest(TaskBehaviour):
    """Succeeds at rest. An arm that moves on although nobody asks for it is a fault: the stop is latched."""

    def begin(self) -> None:
        """Begin to wait."""
        self.context.enter(Phase.RECOVERING, f"stopping: {self.context.task.message}")

    def update(self) -> Status:
        """Look at the joint velocities."""
        context = self.context
        if context.signals.is_at_rest(context.now_ns, context.config.signals):
            return Status.SUCCESS
        if self.elapsed_s() < context.config.budgets.rest_s:
            return Status.RUNNING
        context.ports.robot.hold()
        return self.failure(ErrorCode.ROBOT_FAULT, "the arm did not come to rest; the safety stop was latched")
