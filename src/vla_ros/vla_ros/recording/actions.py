# SPDX-License-Identifier: Apache-2.0
"""What was commanded, as rows at times: out of references, commands or, failing these, the measured motion. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.types import ActionChunk

__all__ = ["ActionTrack", "track_of_references"]

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ActionTrack:
    """Actions along the time axis.

    Attributes:
        times_ns: ``(N,)`` strictly rising.
        rows: ``(N, A)``, columns and units of the contract's action.
        gripper_m: ``(N,)`` opening [m]; empty where there is none.
        source: Where they come from: ``reference``, ``command`` or ``measured``.
    """

    times_ns: Times
    rows: Array
    gripper_m: Array
    source: str

    def at(self, times_ns: Times, longest_gap_ns: int = 500_000_000) -> tuple[Array, Array, npt.NDArray[np.bool_]]:
        """Return rows ``(T, A)``, gripper ``(T,)`` or ``(0,)``, and which of the times are covered ``(T,)``.

        Rows are interpolated, the gripper is held; exact at the track's own times. A time outside the track, or in a
        gap longer than ``longest_gap_ns``, is not covered.
        """
        count = len(self.times_ns)
        if count == 0:
            return np.full((len(times_ns), self.rows.shape[1]), np.nan), self.gripper_m, np.zeros(len(times_ns), bool)
        lower = np.clip(np.searchsorted(self.times_ns, times_ns, side="right") - 1, 0, count - 1)
        upper = np.minimum(lower + 1, count - 1)
        gap = self.times_ns[upper] - self.times_ns[lower]
        offset = times_ns - self.times_ns[lower]
        share = np.where(gap > 0, offset / np.maximum(gap, 1), 0.0)[:, None]
        between = self.rows[lower] * (1.0 - share) + self.rows[upper] * share
        rows = np.where(share == 0.0, self.rows[lower], between)
        inside = (times_ns >= self.times_ns[0]) & (times_ns <= self.times_ns[-1])
        covered = inside & ((gap <= longest_gap_ns) | (offset == 0))
        return rows, self.gripper_m[lower] if len(self.gripper_m) else self.gripper_m, covered


def track_of_references(references: Iterable[tuple[int, ActionChunk]], width: int) -> ActionTrack:
    """Return what was due while each reference was the newest.

    Args:
        references: Time of arrival and reference, in order of arrival.
        width: ``A``, for an empty result.
    """
    times: list[int] = []
    rows: list[Array] = []
    gripper: list[float] = []
    for receive_ns, chunk in references:
        due = chunk.times_ns
        first = int(np.searchsorted(due, receive_ns, side="right")) if times else 0
        while times and first < len(due) and times[-1] >= due[first]:
            times.pop(), rows.pop(), gripper.pop()
        times += due[first:].tolist()
        rows += list(chunk.rows[first:])
        gripper += (chunk.gripper_m if len(chunk.gripper_m) else np.full(len(due), np.nan))[first:].tolist()
    opening = np.array(gripper, np.float64)
    return ActionTrack(
        times_ns=np.array(times, np.int64),
        rows=np.array(rows, np.float64).reshape(len(times), width),
        gripper_m=np.zeros(0) if np.isnan(opening).all() else opening,
        source="reference",
    )
