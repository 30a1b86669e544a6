# SPDX-License-Identifier: Apache-2.0
"""A progress line with a bar and the time to go, for a terminal or a log file."""

from __future__ import annotations

import sys
import time

__all__ = ["Progress", "clock"]

WIDTH = 24


def clock(seconds: float) -> str:
    """Return ``m:ss``."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class Progress:
    """Prints one line per step: bar, share, elapsed and remaining time, note."""

    def __init__(self, title: str, total: float, done: float = 0.0) -> None:
        """Begin with ``done`` of ``total``, where work of an earlier time is resumed."""
        self._title, self._total = title, total
        self._begin, self._start, self._done = time.monotonic(), done, done

    def advance(self, note: str = "") -> None:
        """One more of ``total`` is done."""
        self.show(self._done + 1, note)

    def show(self, done: float, note: str = "") -> None:
        """Print that ``done`` of ``total`` are done."""
        self._done = done
        share = min(done / self._total, 1.0) if self._total else 1.0
        elapsed = time.monotonic() - self._begin
        worked = self._done - self._start
        left = elapsed * max(self._total - self._done, 0.0) / worked if worked > 0.0 else 0.0
        bar = "#" * round(WIDTH * share) + "." * (WIDTH - round(WIDTH * share))
        sys.stdout.write(f"{self._title} [{bar}] {100 * share:3.0f} % {clock(elapsed)} left {clock(left)}  {note}\n")
        sys.stdout.flush()
