# SPDX-License-Identifier: Apache-2.0
"""A thread with a mailbox of one slot: the newest item wins, what it replaces is dropped and counted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["LatestWorker"]

Item = TypeVar("Item")
_JOIN_S = 5.0  # an image is decoded in milliseconds; longer means a hung library, and the process ends anyway


class LatestWorker(Generic[Item]):
    """Calls ``work`` in its own thread with the newest item offered."""

    def __init__(self, name: str, work: Callable[[Item], None]) -> None:
        self._work = work
        self._ready = threading.Condition()
        self._slot: list[Item] = []
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.dropped = 0
        self._thread.start()

    def offer(self, item: Item) -> None:
        """Leave an item for the thread, in place of one that it has not taken yet."""
        with self._ready:
            self.dropped += len(self._slot)
            self._slot = [item]
            self._ready.notify()

    def stop(self) -> None:
        """End the thread after the item that it works on."""
        with self._ready:
            self._stopped = True
            self._ready.notify()
        self._thread.join(_JOIN_S)

    def _run(self) -> None:
        while (item := self._take()) is not None:
            self._work(item[0])

    def _take(self) -> list[Item] | None:
        with self._ready:
            self._ready.wait_for(lambda: self._slot or self._stopped)
            if self._stopped:
                return None
            item, self._slot = self._slot, []
            return item
