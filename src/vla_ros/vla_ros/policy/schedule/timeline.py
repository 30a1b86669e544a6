# SPDX-License-Identifier: Apache-2.0
"""The absolute-time buffer that every chunk scheduler works on. Pure; the clock is an argument.

A :class:`Timeline` is what was and is going to be executed: rows on a fixed grid of absolute times. Chunks arrive on
grids of their own (each begins at its observation) and are resampled onto it, so nothing is ever indexed by a counter
and a delay is a difference of stamps. Not here: which rows win (``combination``), how seams are smoothed (``seam``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from vla_ros.errors import VlaError
from vla_ros.policy.schedule.algebra import ActionAlgebra, algebra_of
from vla_ros.types import ActionChunk

__all__ = ["Timeline", "resample"]

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]

PAST_ROWS = 64  # kept for conditioning: an observation is never older than that many rows when its chunk arrives
REFERENCE_PAST_ROWS = 3  # published with a reference: the cubic of a sampler then has the seam inside, not at its end


def resample(chunk: ActionChunk, times_ns: Times) -> tuple[Array, Array]:
    """Return rows ``(T, A)`` and gripper ``(T,)`` or ``(0,)`` of ``chunk`` at ``times_ns`` inside its span.

    Rows are interpolated (slerp for rotations); the gripper is a decision and is held from its row on.

    Raises:
        VlaError: a time lies outside the chunk's span; nothing is extrapolated.
    """
    if len(times_ns) == 0:
        return chunk.rows[:0], chunk.gripper_m[:0]
    if times_ns[0] < chunk.stamp_ns or times_ns[-1] > chunk.end_ns:
        span = f"{chunk.stamp_ns}..{chunk.end_ns} ns"
        raise VlaError(f"times {times_ns[0]}..{times_ns[-1]} ns lie outside the chunk {span}")
    offset = times_ns - chunk.stamp_ns
    lower = np.minimum(offset // chunk.period_ns, len(chunk.rows) - 1)
    upper = np.minimum(lower + 1, len(chunk.rows) - 1)
    fraction = (offset - lower * chunk.period_ns) / chunk.period_ns
    algebra = algebra_of(chunk.space, chunk.rows.shape[1])
    rows = algebra.between(chunk.rows[lower], chunk.rows[upper], fraction)
    return rows, chunk.gripper_m[lower] if len(chunk.gripper_m) else chunk.gripper_m


@dataclass(frozen=True, slots=True)
class Timeline:
    """What was and is going to be executed, on the grid ``chunk.stamp_ns + i * chunk.period_ns``.

    Attributes:
        chunk: Rows that were due lately and all that are still due.
    """

    chunk: ActionChunk

    @property
    def algebra(self) -> ActionAlgebra:
        """Arithmetic for the rows."""
        return algebra_of(self.chunk.space, self.chunk.rows.shape[1])

    def grid(self, after_ns: int, until_ns: int) -> Times:
        """Return the grid times in ``(after_ns, until_ns]``, ascending."""
        origin, period = self.chunk.stamp_ns, self.chunk.period_ns
        first = (after_ns - origin) // period + 1
        last = (until_ns - origin) // period
        return origin + period * np.arange(first, max(last, first - 1) + 1, dtype=np.int64)

    def covers(self, now_ns: int) -> bool:
        """Whether a row is due at or after ``now_ns``."""
        return self.chunk.end_ns >= now_ns

    def remaining_ns(self, now_ns: int) -> int:
        """Time until the last row is due; 0 when the timeline has run out."""
        return max(0, self.chunk.end_ns - now_ns)

    def at(self, times_ns: Times) -> tuple[Array, Array]:
        """Return rows ``(T, A)`` and gripper at any ascending times: at rest after the end, the first row before."""
        inside = np.clip(times_ns, self.chunk.stamp_ns, self.chunk.end_ns)
        rows, gripper = resample(self.chunk, inside)
        over = times_ns > self.chunk.end_ns
        return np.where(over[:, None], self.algebra.at_rest(rows), rows), gripper

    def beside(self, times_ns: Times, rows: Array) -> Array:
        """Return this timeline's rows at ascending times, to be compared with ``rows`` ``(T, A)`` of another one.

        Past its end it runs on beside them at the distance that it had at its last shared time: what it would have
        done there is not known, and an arm that moves does not stop for it. Without a shared time it rests.
        """
        own, _ = self.at(times_ns)
        shared = int(np.sum(times_ns <= self.chunk.end_ns))
        if 0 < shared < len(times_ns):
            own[shared:] = self.algebra.moved(rows[shared:], rows[shared - 1], own[shared - 1])
        return own

    def replaced(self, times_ns: Times, rows: Array, gripper_m: Array, newest: ActionChunk) -> Timeline:
        """Return the timeline whose rows from ``times_ns[0]`` on are ``rows``; what is due earlier stays.

        Where the timeline had run out before ``times_ns[0]``, the arm rests in between.
        """
        first = self.grid(int(times_ns[0]) - 1 - PAST_ROWS * self.chunk.period_ns, int(times_ns[0]) - 1)
        past = first[first >= self.chunk.stamp_ns]
        past_rows, past_gripper = self.at(past)
        chunk = replace(
            self.chunk,
            stamp_ns=int(past[0] if len(past) else times_ns[0]),
            rows=self.algebra.normalise(np.concatenate([past_rows, rows])),
            gripper_m=np.concatenate([past_gripper, gripper_m]),
            provenance=newest.provenance,
        )
        return Timeline(chunk)

    def reference(self, now_ns: int) -> ActionChunk:
        """Return what is due from now on, with the few rows before it that an interpolation needs."""
        chunk = self.chunk
        due = min((now_ns - chunk.stamp_ns) // chunk.period_ns + 1, len(chunk.rows))
        return self._from_row(max(0, due - REFERENCE_PAST_ROWS))

    def ended_at(self, end_ns: int) -> Timeline:
        """Return the timeline without the rows that are due after ``end_ns``; at least one row is kept."""
        keep = max(1, (end_ns - self.chunk.stamp_ns) // self.chunk.period_ns + 1)
        chunk = replace(self.chunk, rows=self.chunk.rows[:keep], gripper_m=self.chunk.gripper_m[:keep])
        return Timeline(chunk)

    def _from_row(self, row: int) -> ActionChunk:
        chunk = self.chunk
        stamp_ns = chunk.stamp_ns + row * chunk.period_ns
        return replace(chunk, stamp_ns=stamp_ns, rows=chunk.rows[row:], gripper_m=chunk.gripper_m[row:])
