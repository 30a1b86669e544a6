# SPDX-License-Identifier: Apache-2.0
"""What other threads ask of the simulation, each to be done at the simulated time at which it was asked for."""

from __future__ import annotations

import queue
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Jobs"]


@dataclass(frozen=True, slots=True)
class _Job:
    due_ns: int  # ROS time at which it was asked for
    run: Callable[[], None]


class Jobs:
    """A queue with many writers and one reader, in the order of asking; ``asked_ns`` tells when that is."""

    def __init__(self, asked_ns: Callable[[], int]) -> None:
        self._asked_ns = asked_ns
        self._queue: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._early: _Job | None = None  # the first one that is to be done later

    def put(self, run: Callable[[], None]) -> None:
        """Ask for ``run`` now; from any thread."""
        self._queue.put(_Job(self._asked_ns(), run))

    def take(self, until_ns: int, wait_s: float = 0.0) -> Callable[[], None] | None:
        """Return the next one that is due by ``until_ns``, or None; an empty queue is waited for up to ``wait_s``."""
        job, self._early = self._early, None
        try:
            job = job or (self._queue.get(timeout=wait_s) if wait_s else self._queue.get_nowait())
        except queue.Empty:
            return None
        if job.due_ns > until_ns:
            self._early = job
            return None
        return job.run
