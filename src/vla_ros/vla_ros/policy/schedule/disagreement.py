# SPDX-License-Identifier: Apache-2.0
"""Disagreement of successive chunks over the times that they share: a free out-of-distribution signal, and its alarm.

A policy that knows what it does predicts the same motion again from the next observation. The signal costs nothing and
rises when the policy is out of its distribution (STAC, arXiv 2410.04640, uses the same overlap). The alarm level is
calibrated on runs that succeeded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vla_ros.errors import ConfigError
from vla_ros.policy.schedule.algebra import algebra_of
from vla_ros.policy.schedule.timeline import resample
from vla_ros.types import ActionChunk

__all__ = ["Alarm", "calibrate_threshold", "disagreement", "same_layout"]


def same_layout(a: ActionChunk, b: ActionChunk) -> bool:
    """Whether two chunks have the same action space, columns, period and gripper."""
    return _layout(a) == _layout(b)


def _layout(chunk: ActionChunk) -> tuple[int, tuple[str, ...], int, bool]:
    return int(chunk.space), chunk.names, chunk.period_ns, len(chunk.gripper_m) > 0


def disagreement(previous: ActionChunk, newest: ActionChunk) -> float:
    """Return the RMS distance of two predictions over their shared times, in RMS steps of the newest.

    -1 where they share fewer than two times or differ in layout. A chunk that stands still has no step of its own; a
    distance is then measured against the larger step of the two, and two chunks at rest agree by their distance in
    units of 1e-3.
    """
    times = newest.times_ns
    times = times[(times >= previous.stamp_ns) & (times <= previous.end_ns)]
    if len(times) < 2 or not same_layout(previous, newest):
        return -1.0
    algebra = algebra_of(newest.space, newest.rows.shape[1])
    gap = algebra.difference(resample(newest, times)[0], resample(previous, times)[0])
    steps = [
        float(np.sqrt(np.mean(algebra.difference(chunk.rows[1:], chunk.rows[:-1]) ** 2)))
        for chunk in (newest, previous)
        if len(chunk.rows) > 1
    ]
    return float(np.sqrt(np.mean(gap**2))) / max(*steps, 1e-3)


def calibrate_threshold(runs: Sequence[Sequence[float]], false_alarms: float = 0.05) -> float:
    r"""Return the level that a run like the successful ``runs`` exceeds with probability at most ``false_alarms``.

    Split-conformal quantile (Vovk et al. 2005) of the largest disagreement of each run: with ``n`` exchangeable runs
    the ``⌈(n + 1)(1 - α)⌉``-th smallest maximum. Values below 0 (no overlap) do not count.

    Raises:
        ConfigError: too few runs for that rate; ``n >= 1/α - 1`` are needed.
    """
    if not 0.0 < false_alarms < 1.0:
        raise ConfigError(f"false_alarms must lie in 0..1, got {false_alarms}")
    peaks = sorted(max((value for value in run if value >= 0.0), default=0.0) for run in runs)
    rank = math.ceil((len(peaks) + 1) * (1.0 - false_alarms) - 1e-9)
    if rank > len(peaks):
        needed = math.ceil(1.0 / false_alarms - 1.0 - 1e-9)
        raise ConfigError(
            f"{len(peaks)} successful runs are too few for {false_alarms:g} false alarms; {needed} needed"
        )
    return peaks[max(rank, 1) - 1]


@dataclass(frozen=True, slots=True)
class Alarm:
    """Raises after ``patience`` values in a row above the threshold; 0 means that no threshold is known.

    Attributes:
        threshold: Calibrated level; 0: never raises.
        patience: Values in a row above it; one odd chunk is ordinary at a grasp.
        count: Values in a row so far.
    """

    threshold: float = 0.0
    patience: int = 2
    count: int = 0

    def __post_init__(self) -> None:
        if self.threshold < 0.0 or self.patience < 1:
            raise ConfigError(f"an alarm needs threshold >= 0 and patience >= 1, got {self.threshold}, {self.patience}")

    @property
    def raised(self) -> bool:
        """Whether the policy is likely out of its distribution."""
        return self.count >= self.patience

    def add(self, value: float) -> Alarm:
        """Return the alarm after one more value; a value below 0 (no overlap) says nothing."""
        if self.threshold == 0.0 or value < 0.0:
            return self
        return Alarm(self.threshold, self.patience, self.count + 1 if value > self.threshold else 0)
