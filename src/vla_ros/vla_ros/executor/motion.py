# SPDX-License-Identifier: Apache-2.0
"""Recovery motions: the path that the arm came along, and slow timed paths in joint space. No ROS, no safety.

A reference made here is a wish like any other: safety verifies every point of it, and it ends at rest by itself.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from vla_ros.executor.signals import Float64Array
from vla_ros.types import ActionChunk, ActionSpace, Provenance

__all__ = ["Motion", "ReferenceCounter", "TravelledPath"]

_STEP_RAD = 0.02  # finer points add nothing: 0.02 rad of a shoulder joint is 1 cm at the hand
_KEPT = 2000
_AHEAD_S = 1.0  # how far a reference looks ahead; it ends at rest if no further one comes


class TravelledPath:
    """Joint positions that the arm came through, thinned out."""

    def __init__(self) -> None:
        self._points: deque[Float64Array] = deque(maxlen=_KEPT)

    def add(self, position: Float64Array) -> None:
        """Remember a position ``(J,)`` [rad] if it is new."""
        if position.size and (not self._points or float(np.abs(position - self._points[-1]).max()) >= _STEP_RAD):
            self._points.append(position.copy())

    def clear(self) -> None:
        """Forget everything."""
        self._points.clear()

    def back(self, position: Float64Array, length_rad: float) -> Float64Array:
        """Return ``(N, J)`` points from ``position`` back along the path, ``length_rad`` long in the fastest joint."""
        points, travelled = [position], 0.0
        for point in reversed(self._points):
            travelled += float(np.abs(point - points[-1]).max())
            points.append(point)
            if travelled >= length_rad:
                break
        return np.stack(points)


@dataclass(frozen=True, slots=True)
class Motion:
    """A timed path: at rest at both ends, the fastest joint never faster than the speed that it was made with.

    With path length L (sum of the largest joint steps) and the blend s(u) = 3u² − 2u³, whose steepest slope is 3/2, the
    duration is T = 3/2 · L / v, so that the speed along the path peaks at v.

    Attributes:
        points: ``(N, J)`` [rad].
        lengths: ``(N,)`` path length up to each point [rad].
        start_ns: When it begins.
        duration_ns: How long it takes.
    """

    points: Float64Array
    lengths: Float64Array
    start_ns: int
    duration_ns: int

    @classmethod
    def along(cls, points: Float64Array, speed_rad_s: float, start_ns: int) -> Motion:
        """Return the motion through ``points (N, J)`` [rad], N >= 1."""
        steps = np.abs(np.diff(points, axis=0)).max(axis=1) if len(points) > 1 else np.zeros(0)
        lengths = np.concatenate([[0.0], np.cumsum(steps)])
        return cls(points, lengths, start_ns, round(1.5 * float(lengths[-1]) / speed_rad_s * 1e9))

    @property
    def end_ns(self) -> int:
        """When it ends."""
        return self.start_ns + self.duration_ns

    @property
    def goal(self) -> Float64Array:
        """Return the last point ``(J,)`` [rad]."""
        return self.points[-1]

    def at(self, times_ns: Float64Array) -> Float64Array:
        """Return ``(T, J)`` positions [rad] at ``times_ns (T,)``."""
        u = np.clip((times_ns - self.start_ns) / max(self.duration_ns, 1), 0.0, 1.0)
        length = self.lengths[-1] * (3.0 * u**2 - 2.0 * u**3)
        columns = [np.interp(length, self.lengths, column) for column in self.points.T]
        return np.stack(columns, axis=1)


class ReferenceCounter:
    """Makes recovery references: numbers rise, the epoch is never below what safety accepts."""

    def __init__(self, period_s: float) -> None:
        self._period_ns = round(period_s * 1e9)
        self._count = 0
        self._epoch = 0

    def chunk(self, motion: Motion, names: tuple[str, ...], now_ns: int, width_m: float, epoch: int) -> ActionChunk:
        """Return the part of ``motion`` from now on, for a hand that is to be ``width_m`` wide (NaN: as it is)."""
        self._epoch = max(self._epoch, epoch)
        self._count += 1
        rows = round(_AHEAD_S * 1e9 / self._period_ns) + 1
        times = now_ns + self._period_ns * np.arange(rows)
        return ActionChunk(
            stamp_ns=now_ns,
            period_ns=self._period_ns,
            space=ActionSpace.JOINT_POSITION,
            names=names,
            rows=motion.at(times.astype(np.float64)),
            gripper_m=np.full(rows, width_m) if np.isfinite(width_m) else np.zeros(0),
            provenance=Provenance(
                observation_stamp_ns=now_ns, policy_id="recovery", chunk_id=self._count, epoch=self._epoch,
                source="recovery",
            ),
        )  # fmt: skip
