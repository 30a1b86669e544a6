# SPDX-License-Identifier: Apache-2.0
"""The absolute-time buffer that every chunk scheduler works on. Pure; the clock is an argument.

A :class:`Timeline` is what is going to be executed: rows on a fixed grid of absolute times. Chunks arrive on grids of
their own (each begins at its observation) and are resampled onto it, so nothing is ever indexed by a counter and a
delay is a difference of stamps. Not here: which rows win (``strategies``), how seams are smoothed (``seam``).
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
    """What is going to be executed, on the grid ``origin_ns + i * period_ns``.

    Attributes:
        chunk: Rows from the first grid time that is not yet past; its stamp lies on the grid.
        origin_ns: Anchor of the grid: the first row of the first chunk of the epoch.
    """

    chunk: ActionChunk
    origin_ns: int

    @classmethod
    def begin(cls, chunk: ActionChunk) -> Timeline:
        """Return a timeline that is anchored at ``chunk``."""
        return cls(chunk, chunk.stamp_ns)

    @property
    def algebra(self) -> ActionAlgebra:
        """Arithmetic for the rows."""
        return algebra_of(self.chunk.space, self.chunk.rows.shape[1])

    def grid_from(self, start_ns: int, end_ns: int) -> Times:
        """Return the grid times in ``[start_ns, end_ns]``, ascending."""
        period = self.chunk.period_ns
        first = -((self.origin_ns - start_ns) // period)
        last = (end_ns - self.origin_ns) // period
        return self.origin_ns + period * np.arange(first, max(last, first - 1) + 1, dtype=np.int64)

    def covers(self, now_ns: int) -> bool:
        """Whether a row is due at or after ``now_ns``."""
        return self.chunk.end_ns >= now_ns

    def remaining_ns(self, now_ns: int) -> int:
        """Time until the last row is due; 0 when the timeline has run out."""
        return max(0, self.chunk.end_ns - now_ns)

    def rows_from(self, now_ns: int) -> tuple[Times, Array, Array]:
        """Return times ``(T,)``, rows ``(T, A)`` and gripper of everything due at or after ``now_ns``."""
        times = self.chunk.times_ns
        keep = times >= now_ns
        gripper = self.chunk.gripper_m[keep] if len(self.chunk.gripper_m) else self.chunk.gripper_m
        return times[keep], self.chunk.rows[keep], gripper

    def with_rows(self, times_ns: Times, rows: Array, gripper_m: Array, newest: ActionChunk) -> Timeline:
        """Return the timeline with new rows, stamped with the provenance of ``newest``."""
        chunk = replace(
            self.chunk,
            stamp_ns=int(times_ns[0]),
            rows=self.algebra.normalise(rows),
            gripper_m=gripper_m,
            provenance=newest.provenance,
        )
        return replace(self, chunk=chunk)
