# SPDX-License-Identifier: Apache-2.0
"""What all leaves share: the context, when they began, and their one pending operation. No policy of its own."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from vla_ros.executor.context import TaskContext
from vla_ros.executor.ports import Answer, Operation
from vla_ros.tasks import ErrorCode

__all__ = ["Pending", "TaskBehaviour"]

Value = TypeVar("Value")


class TaskBehaviour(Behaviour):
    """A leaf. ``begin`` starts it, ``update`` is called every tick, ``end`` undoes whatever still runs."""

    def __init__(self, name: str, context: TaskContext) -> None:
        super().__init__(name)
        self.context = context
        self.began_ns = 0

    def initialise(self) -> None:
        """Note the time and begin (py_trees' name)."""
        self.began_ns = self.context.now_ns
        self.begin()

    def terminate(self, new_status: Status) -> None:
        """End (py_trees' name); also called when the tree is interrupted."""
        self.end()

    def begin(self) -> None:
        """Start what the leaf does."""

    def end(self) -> None:
        """Leave nothing running."""

    def elapsed_s(self) -> float:
        """Seconds since it began."""
        return (self.context.now_ns - self.began_ns) * 1e-9

    def failure(self, code: ErrorCode, message: str) -> Status:
        """Note the error and return FAILURE."""
        self.context.fail(code, message)
        self.feedback_message = message
        return Status.FAILURE


class Pending(Generic[Value]):
    """At most one operation that runs, with the time at which nobody waits for it any longer."""

    def __init__(self) -> None:
        self._operation: Operation[Value] | None = None
        self._deadline_ns = 0

    @property
    def is_running(self) -> bool:
        """Whether an operation was begun and not yet answered or dropped."""
        return self._operation is not None

    def start(self, operation: Operation[Value], deadline_ns: int) -> None:
        """Wait for ``operation`` until ``deadline_ns``."""
        self.drop()
        self._operation, self._deadline_ns = operation, deadline_ns

    def poll(self, now_ns: int) -> Answer[Any] | None:
        """Return the answer once; TIMEOUT after the deadline; None while it runs or where nothing was begun."""
        if self._operation is None:
            return None
        answer = self._operation.answer()
        if answer is None and now_ns < self._deadline_ns:
            return None
        if answer is None:
            self._operation.cancel()
            answer = Answer(ErrorCode.TIMEOUT, "no answer in time")
        self._operation = None
        return answer

    def drop(self) -> None:
        """Cancel what runs."""
        if self._operation is not None:
            self._operation.cancel()
        self._operation = None
