# SPDX-License-Identifier: Apache-2.0
"""What other threads ask of the control loop, done in its thread and in the order of asking."""

from __future__ import annotations

import queue
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

__all__ = ["Mailbox"]

Result = TypeVar("Result")


class Mailbox:
    """A queue of jobs, each of which is given the time at which it is done."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Callable[[int], None]] = queue.SimpleQueue()

    def put(self, job: Callable[[int], None]) -> None:
        """Have ``job`` done; nobody waits for it."""
        self._jobs.put(job)

    def call(self, job: Callable[[int], Result], timeout_s: float = 2.0) -> Result:
        """Have ``job`` done and return its result; what it raises is raised here.

        Raises:
            TimeoutError: The loop did not come to it in time.
        """
        answer: Future[Result] = Future()
        self.put(lambda now_ns: _answer(answer, job, now_ns))
        return answer.result(timeout_s)

    def work(self, now_ns: int) -> None:
        """Do all that was asked. In the loop's thread only."""
        while not self._jobs.empty():
            self._jobs.get()(now_ns)


def _answer(answer: Future[Result], job: Callable[[int], Result], now_ns: int) -> None:
    try:
        answer.set_result(job(now_ns))
    except Exception as error:  # belongs to who asked
        answer.set_exception(error)
