# SPDX-License-Identifier: Apache-2.0
"""Asks System 2 for a plan. Nothing moves here."""

from __future__ import annotations

from py_trees.common import Status

from vla_ros.executor.behaviours.base import Pending, TaskBehaviour
from vla_ros.executor.context import Phase, TaskContext
from vla_ros.executor.ports import PlanQuestion
from vla_ros.tasks import ErrorCode, Plan

__all__ = ["MakePlan"]


class MakePlan(TaskBehaviour):
    """Succeeds with a plan in the context; fails with the planner's reason, or when it does not answer."""

    def __init__(self, name: str, context: TaskContext) -> None:
        super().__init__(name, context)
        self._pending: Pending[Plan] = Pending()

    def begin(self) -> None:
        """Ask, with the history of the attempts."""
        context, task = self.context, self.context.task
        context.enter(Phase.PLANNING, f"planning ({task.plan_reason})")
        history = context.memory.history(task.task_id)
        question = PlanQuestion(task.instruction, task.task_id, history, tuple(task.feedback), task.plan_reason)
        timeout_s = context.config.budgets.plan_s
        deadline_ns = context.now_ns + round(timeout_s * 1e9)
        self._pending.start(context.ports.planner.plan(question, timeout_s), deadline_ns)

    def update(self) -> Status:
        """Wait for the answer."""
        answer = self._pending.poll(self.context.now_ns)
        if answer is None:
            return Status.RUNNING
        task = self.context.task
        if answer.code is ErrorCode.TIMEOUT:
            return self.failure(ErrorCode.PLANNER_UNAVAILABLE, "the planner did not answer in time")
        if answer.code is not ErrorCode.SUCCESS:
            return self.failure(answer.code, answer.message)
        if answer.value is None or not answer.value.subtasks:
            return self.failure(ErrorCode.PLANNER_UNAVAILABLE, "the planner answered with an empty plan")
        task.plan, task.index, task.attempt, task.plan_reason = answer.value, 0, 1, "failure"
        task.exchanged.clear()
        self.context.clear_error()
        return Status.SUCCESS

    def end(self) -> None:
        """Stop waiting."""
        self._pending.drop()
