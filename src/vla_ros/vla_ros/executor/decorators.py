# SPDX-License-Identifier: Apache-2.0
"""The decorators of the trees: try again, one subtask after the other, recover and still fail. Leaves are elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from py_trees.behaviour import Behaviour
from py_trees.common import Status
from py_trees.decorators import Decorator

from vla_ros.executor.context import FINAL, LOST, TaskContext
from vla_ros.tasks import ErrorCode

__all__ = ["DECORATORS", "ForEachSubtask", "Recorded", "RecoverThenFail", "Retry", "RetrySubtask"]


def is_hopeless(context: TaskContext) -> bool:
    """Whether trying again by itself cannot help."""
    return context.task.exhausted or context.task.code in FINAL


class TaskDecorator(Decorator):
    """A decorator that knows the context."""

    def __init__(self, name: str, context: TaskContext, child: Behaviour) -> None:
        super().__init__(name=name, child=child)
        self.context = context

    def update(self) -> Status:
        """Return the child's status."""
        return self.decorated.status


class Retry(TaskDecorator):
    """Begins its child again after a failure, ``times`` in all; not after a failure that is final."""

    def __init__(self, name: str, context: TaskContext, child: Behaviour, times: int) -> None:
        super().__init__(name, context, child)
        self._times = times
        self._failures = 0

    def initialise(self) -> None:
        """Begin to count."""
        self._failures = 0

    def update(self) -> Status:
        """Begin again or give up."""
        status: Status = self.decorated.status
        if status is not Status.FAILURE:
            return status
        self._failures += self.counts()
        if self._failures >= self._times or is_hopeless(self.context):
            return Status.FAILURE
        self.again()
        return Status.RUNNING

    def counts(self) -> bool:
        """Whether the failure uses up a try."""
        return True

    def again(self) -> None:
        """Prepare another try."""


class RetrySubtask(Retry):
    """Counts the attempts of the current subtask.

    A camera or policy lost for a moment uses up none: ``await_ready`` bounds the wait, the task's time the sum.
    """

    def initialise(self) -> None:
        """Begin with the first attempt."""
        super().initialise()
        self.context.task.attempt = 1

    def counts(self) -> bool:
        """Whether the skill itself failed."""
        return self.context.task.code not in LOST

    def again(self) -> None:
        """Count."""
        self.context.task.attempt += 1


class ForEachSubtask(TaskDecorator):
    """Runs its child once per subtask of the plan."""

    def update(self) -> Status:
        """Go on to the next subtask after a success."""
        status: Status = self.decorated.status
        if status is not Status.SUCCESS:
            return status
        self.context.task.index += 1
        return Status.RUNNING if self.context.task.subtask else Status.SUCCESS


class Recorded(TaskDecorator):
    """Writes how an attempt ended into the task memory."""

    def update(self) -> Status:
        """Write at the end."""
        status: Status = self.decorated.status
        task = self.context.task
        began_ns = task.skill_began_ns or self.context.now_ns
        if status is Status.SUCCESS:
            self.context.remember(ErrorCode.SUCCESS, self.context.detail, began_ns)
        if status is Status.FAILURE:
            self.context.remember(task.code, task.message, began_ns)
        return status


class RecoverThenFail(TaskDecorator):
    """Runs a recovery and then fails with the error that made it necessary, or with the recovery's own if it failed.

    Skipped where trying again cannot help (then the end of the task brings the arm to rest), and where cameras or the
    policy are lost: the arm waits where it is.
    """

    status: Status

    def is_skipped(self) -> bool:
        """Whether there is nothing to recover for."""
        return is_hopeless(self.context) or self.context.task.code in LOST

    def initialise(self) -> None:
        """Keep the error."""
        self._error = (self.context.task.code, self.context.task.message)

    def tick(self) -> Iterator[Behaviour]:
        """Tick the recovery unless there is nothing to recover for."""
        if self.status is not Status.RUNNING and self.is_skipped():
            self.status = Status.FAILURE
            yield self
        else:
            yield from super().tick()

    def update(self) -> Status:
        """Fail after the recovery."""
        status: Status = self.decorated.status
        if status is Status.SUCCESS:
            self.context.fail(*self._error)
            return Status.FAILURE
        return status


class AskThenFail(RecoverThenFail):
    """The same with a question: a person may help where the robot itself cannot."""

    def is_skipped(self) -> bool:
        """Whether the person or the operator has decided already."""
        return self.context.task.code in FINAL


DECORATORS: dict[str, type[TaskDecorator]] = {
    "retry": Retry,
    "retry_subtask": RetrySubtask,
    "for_each_subtask": ForEachSubtask,
    "recorded": Recorded,
    "recover_then_fail": RecoverThenFail,
    "ask_then_fail": AskThenFail,
}
