# SPDX-License-Identifier: Apache-2.0
"""Another way to do what a skill could not: the subtask is kept, the skill is exchanged. Nothing moves here."""

from __future__ import annotations

from dataclasses import replace

from py_trees.common import Status

from vla_ros.executor.behaviours.base import TaskBehaviour
from vla_ros.executor.context import FINAL, LOST, Phase
from vla_ros.tasks import ErrorCode

__all__ = ["TakeAlternative"]


class TakeAlternative(TaskBehaviour):
    """Succeeds with another skill for the subtask, where the tree file names one and the first has failed.

    Fails with the error that led here where there is none, where another skill cannot help, or where it was taken
    already: two skills that stand in for each other must not take turns for ever.
    """

    def update(self) -> Status:
        """Exchange the skill."""
        context, task = self.context, self.context.task
        subtask, plan = task.subtask, task.plan
        cannot_help = task.exhausted or task.code in FINAL or task.code in LOST or task.code is ErrorCode.SUCCESS
        if subtask is None or plan is None or cannot_help or task.index in task.exchanged:
            return Status.FAILURE
        other = context.config.alternatives.get(subtask.skill)
        if other is None:
            self.feedback_message = f"there is no other way to do '{subtask.skill}'"
            return Status.FAILURE
        task.exchanged.add(task.index)
        instead = replace(
            subtask, skill=other.skill, text=other.said(subtask.objects), timeout_ns=round(other.timeout_s * 1e9)
        )
        subtasks = (*plan.subtasks[: task.index], instead, *plan.subtasks[task.index + 1 :])
        task.plan = replace(plan, subtasks=subtasks)
        self.feedback_message = f"'{instead.text}' instead of '{subtask.text}'"
        context.enter(Phase.PLANNING, self.feedback_message)
        context.clear_error()
        return Status.SUCCESS
