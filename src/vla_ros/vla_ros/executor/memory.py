# SPDX-License-Identifier: Apache-2.0
"""What was tried and how it ended: for the planner's next prompt, for people, for the record. Bounded; no files."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from vla_ros.tasks import ErrorCode

__all__ = ["Attempt", "TaskMemory"]

_KEPT = 500  # attempts of all tasks; a day of mishaps


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of one subtask."""

    task_id: str
    subtask_text: str
    number: int
    code: ErrorCode
    reason: str
    began_ns: int
    ended_ns: int

    def __str__(self) -> str:
        outcome = "done" if self.code is ErrorCode.SUCCESS else self.code.name.lower()
        return f"{self.subtask_text}: {outcome}: {self.reason}"


class TaskMemory:
    """Attempts, oldest first."""

    def __init__(self) -> None:
        self._attempts: deque[Attempt] = deque(maxlen=_KEPT)

    def add(self, attempt: Attempt) -> None:
        """Remember an attempt."""
        self._attempts.append(attempt)

    def of(self, task_id: str) -> Iterator[Attempt]:
        """Yield the attempts of one task."""
        return (attempt for attempt in self._attempts if attempt.task_id == task_id)

    def history(self, task_id: str) -> tuple[str, ...]:
        """Return the attempts of one task as sentences."""
        return tuple(str(attempt) for attempt in self.of(task_id))

    def retries(self, task_id: str) -> int:
        """Return how many attempts of a task were not the first of their subtask."""
        return sum(attempt.number > 1 for attempt in self.of(task_id))

    def as_data(self, task_id: str) -> list[dict[str, object]]:
        """Return the attempts of one task as plain data."""
        return [{**asdict(attempt), "code": attempt.code.name} for attempt in self.of(task_id)]
