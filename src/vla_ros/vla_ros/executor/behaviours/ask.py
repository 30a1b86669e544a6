# SPDX-License-Identifier: Apache-2.0
"""Asks a person what to do when the robot knows no further. It waits at rest."""

from __future__ import annotations

from py_trees.common import Status

from vla_ros.executor.behaviours.base import TaskBehaviour
from vla_ros.executor.context import Phase
from vla_ros.executor.ports import Question

__all__ = ["CHOICES", "AskPerson"]

CHOICES = ("try again", "give up")


class AskPerson(TaskBehaviour):
    """Succeeds when the person wants another try (any answer but "give up" also goes to the planner as feedback).

    Fails with the error that led to the question when the person gives up or does not answer.
    """

    def begin(self) -> None:
        """Ask."""
        context, task = self.context, self.context.task
        self._error = (task.code, task.message)
        subtask = f" '{task.subtask.text}'" if task.subtask else ""
        timeout_s = context.config.budgets.answer_s
        self._question = f"{task.task_id}-{context.now_ns}"
        text = f"I could not do{subtask}: {task.message}. What shall I do?"
        context.enter(Phase.ASKING, text)
        context.ports.person.ask(Question(self._question, text, CHOICES, timeout_s))
        context.open_question = self._question
        context.given_answer = ""

    def update(self) -> Status:
        """Wait for the answer."""
        context = self.context
        answer = context.given_answer.strip()
        if not answer and self.elapsed_s() < context.config.budgets.answer_s:
            return Status.RUNNING
        if not answer or answer.casefold() == CHOICES[1]:
            context.task.exhausted = True
            reason = "the person gave up" if answer else "nobody answered"
            return self.failure(self._error[0], f"{self._error[1]} ({reason})")
        if answer.casefold() != CHOICES[0]:
            context.task.feedback.append(f"human: {answer}")
        context.task.exhausted = False
        context.clear_error()
        return Status.SUCCESS

    def end(self) -> None:
        """Withdraw the question."""
        self.context.open_question = ""
        self.context.ports.person.withdraw()
