# SPDX-License-Identifier: Apache-2.0
"""A progress bar with the time that is left. The clock and the stream are given; a file gets a line now and then."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

__all__ = ["Progress"]

WIDTH = 30
QUIET_S = 15.0  # between two lines in a file


class Progress:
    """Draws ``[#####    ] 5/12 bags, 40 s left, note`` over itself."""

    def __init__(self, total: int, what: str, stream: TextIO, now_s: Callable[[], float]) -> None:
        self._total, self._what, self._stream, self._now_s = total, what, stream, now_s
        self._began_s = self._said_s = now_s()

    def __call__(self, done: int, note: str = "") -> None:
        """Say that ``done`` are done."""
        now_s = self._now_s()
        elapsed_s = now_s - self._began_s
        left_s = elapsed_s / max(done, 1) * (self._total - done)
        bar = "#" * round(WIDTH * done / max(self._total, 1))
        text = f"[{bar:{WIDTH}s}] {done}/{self._total} {self._what}, {_clock(left_s)} left" + (
            f", {note}" if note else ""
        )
        if self._stream.isatty():
            self._stream.write(f"\r{text}\033[K" + ("\n" if done == self._total else ""))
        elif done == self._total or now_s - self._said_s >= QUIET_S:
            self._said_s = now_s
            self._stream.write(f"{text}\n")
        self._stream.flush()


def _clock(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
