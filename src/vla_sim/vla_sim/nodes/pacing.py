# SPDX-License-Identifier: Apache-2.0
"""When the next slice of simulated time is due by the steady clock, and how late it was. No simulation, no thread."""

from __future__ import annotations

import time
from dataclasses import dataclass

__all__ = ["Pace", "Pacer", "Timing"]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast time goes."""

    speed: float = 1.0  # simulated seconds per second
    lockstep: bool = False  # only `SimulationLoop.advance` lets time go on
    own_clock: bool = False  # stamps are the simulation's, not the system's
    slice_steps: int = 2  # physics steps between two looks at commands


@dataclass(slots=True)
class Timing:
    """Counters of the thread, read by diagnostics."""

    steps: int = 0
    late_steps: int = 0  # began more than one slice after they were due
    dropped_ns: int = 0  # simulated time that was given up
    worst_late_s: float = 0.0


class Pacer:
    """Compares simulated time with the steady clock since both were anchored."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._anchored_s, self._anchored_ns = time.perf_counter(), 0
        self.timing = Timing()

    def anchor(self, time_ns: int) -> None:
        """Let simulated ``time_ns`` be that of now."""
        self._anchored_s, self._anchored_ns = time.perf_counter(), time_ns

    def wait_s(self, time_ns: int) -> float:
        """Return how long it is until simulated ``time_ns`` is over; negative: for how long it has been."""
        passed_ns = (time.perf_counter() - self._anchored_s) * self._pace.speed * 1e9
        return (time_ns - self._anchored_ns - passed_ns) * 1e-9 / self._pace.speed

    def note_late(self, late_s: float, slice_ns: int) -> None:
        """Count a slice that begins ``late_s`` after it was due."""
        timing = self.timing
        timing.worst_late_s = max(timing.worst_late_s, late_s)
        if late_s > slice_ns * 1e-9 / self._pace.speed:
            timing.late_steps += self._pace.slice_steps

    def note_dropped(self, late_s: float) -> None:
        """Count simulated time that is given up."""
        self.timing.dropped_ns += int(late_s * self._pace.speed * 1e9)
