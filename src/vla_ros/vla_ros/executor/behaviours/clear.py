# SPDX-License-Identifier: Apache-2.0
"""Clears a fault of the robot and a stop that a fault latched. A person's stop is never touched."""

from __future__ import annotations

from py_trees.common import Status

from vla_ros.executor.behaviours.base import Pending, TaskBehaviour
from vla_ros.executor.context import Phase, TaskContext
from vla_ros.tasks import ErrorCode

__all__ = ["ClearFaults"]


class ClearFaults(TaskBehaviour):
    """Succeeds when the robot reports no fault and no stop is latched; does nothing where that holds already.

    A stop that a fault latched may hide a reflex that this robot does not report: the error recovery goes first. What
    is still on its way to the arm may make it reflex anew just behind a recovery: then it is recovered once more.
    """

    def __init__(self, name: str, context: TaskContext) -> None:
        super().__init__(name, context)
        self._operation: Pending[None] = Pending()
        self._recovered = False
        self._answered_ns = 0

    def begin(self) -> None:
        """Begin."""
        self.context.enter(Phase.RECOVERING, "clearing faults")
        self._recovered = False

    def update(self) -> Status:
        """Recover the robot first, then release the stop."""
        context, signals = self.context, self.context.signals
        if signals.latched and not context.may_reset():
            return self.failure(ErrorCode.STOPPED, f"a stop is latched: {signals.latch_reason}")
        if self.elapsed_s() > context.config.budgets.robot_s:
            return self.failure(ErrorCode.ROBOT_FAULT, "the fault stays although it was cleared")
        if self._operation.is_running:
            return self._wait()
        if context.is_clear():
            return Status.SUCCESS
        if signals.reflex and self._recovered:
            self._recovered = self._answered_s() < context.config.signals.clear_s  # its report may be an old one
        elif signals.reflex or signals.latched:
            self._start()
        return Status.RUNNING

    def end(self) -> None:
        """Stop waiting."""
        self._operation.drop()

    def _wait(self) -> Status:
        answer = self._operation.poll(self.context.now_ns)
        if answer is None:
            return Status.RUNNING
        self._answered_ns = self.context.now_ns
        if answer.code is ErrorCode.SUCCESS:
            return Status.RUNNING
        if self._recovered and not self.context.signals.reflex and self.context.signals.latched:
            return Status.RUNNING  # a robot without error recovery: the stop alone is released
        return self.failure(ErrorCode.ROBOT_FAULT, f"the fault could not be cleared: {answer.message}")

    def _answered_s(self) -> float:
        return (self.context.now_ns - self._answered_ns) * 1e-9

    def _start(self) -> None:
        context = self.context
        deadline_ns = context.now_ns + round(context.config.budgets.robot_s * 1e9)
        needs_recovery = context.signals.reflex or not context.robot.stopped_by_us
        first = needs_recovery and not self._recovered
        self._recovered = self._recovered or first
        robot = context.ports.robot
        self._operation.start(robot.recover() if first else robot.reset(), deadline_ns)
