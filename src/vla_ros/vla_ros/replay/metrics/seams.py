# SPDX-License-Identifier: Apache-2.0
"""What happens where one reference takes over from another: jumps of position and speed. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.policy.schedule.timeline import Timeline
from vla_ros.types import ActionChunk

__all__ = ["SeamJumps", "seam_jumps"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SeamJumps:
    """Jumps at each seam, ``(N,)``; a step is the root mean square change from row to row inside the references.

    Attributes:
        position: Distance at the first row that differs in time, in steps.
        velocity: Change of speed there, in steps per row.
        acceleration: Change of acceleration there, in steps per row².
    """

    position: Array
    velocity: Array
    acceleration: Array


def seam_jumps(references: Sequence[tuple[int, ActionChunk]]) -> SeamJumps:
    """Measure the seams of references in the order of their arrival.

    The old reference is carried on to where the new one begins; their difference there is the jump.

    Args:
        references: Time of arrival and reference.
    """
    step = _step(references)
    jumps = []
    for (_, old), (now_ns, new) in itertools.pairwise(references):
        first = max(0, int((now_ns - new.stamp_ns) // new.period_ns) + 1)
        same = old.provenance.epoch == new.provenance.epoch and old.names == new.names
        if not same or first + 3 > len(new.rows) or new.stamp_ns + first * new.period_ns > old.end_ns:
            continue
        times = new.stamp_ns + new.period_ns * np.arange(first, first + 3, dtype=np.int64)
        before, _ = Timeline(old).at(times)
        after = new.rows[first : first + 3]
        apart = after - before
        jumps.append([np.linalg.norm(np.diff(apart, order, axis=0)[0]) / step for order in range(3)])
    table = np.array(jumps, np.float64).reshape(-1, 3)
    return SeamJumps(table[:, 0], table[:, 1], table[:, 2])


def _step(references: Sequence[tuple[int, ActionChunk]]) -> float:
    squares = [np.sum(np.diff(chunk.rows, axis=0) ** 2, axis=1) for _, chunk in references if len(chunk.rows) > 1]
    total = float(np.sqrt(np.concatenate(squares).mean())) if squares else 0.0
    return max(total, 1e-9)
