# SPDX-License-Identifier: Apache-2.0
"""A progress bar with the time that is left. The clock and the stream are given; nothing is drawn into a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

__all__ = ["Progress"]

WIDTH = 30


class Progress:
    """Draws ``[#####    ] 5/12 bags, 40 s left`` over itself."""

    def __init__(self, total: int, what: str, stream: TextIO, now_s: Callable[[], float]) -> None:
        self._total, self._what, self._stream, self._now_s = total, what, stream, now_s
        self._began_s = now_s()

    def __call__(self, done: int) -> None:
        """Say that ``done`` are done."""
        elapsed_s = self._now_s() - self._began_s
        left_s = elapsed_s / max(done, 1) * (self._total - done)
        bar = "#" * round(WIDTH * done / max(self._total, 1))
        text = f"[{bar:{WIDTH}s}] {done}/{self._total} {self._what}, {left_s:.0f} s left"
        if self._stream.isatty():
            self._stream.write(f"\r{text}" + ("\n" if done == self._total else ""))
        elif done == self._total:
            self._stream.write(f"{text}\n")
        self._stream.flush()
