# SPDX-License-Identifier: Apache-2.0
"""Estimators of the observation-to-action delay. Pure: durations come in, an estimate goes out.

The delay is measured between stamps, never configured. Both estimators forget: one slow call must not inflate the delay
for the rest of a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from vla_ros.errors import ConfigError

__all__ = ["DelayEstimator", "JacobsonKarels", "WindowedMaximum"]


class DelayEstimator(Protocol):
    """Turns measured delays into the one to plan for."""

    def add(self, delay_ns: int) -> DelayEstimator:
        """Return the estimator after one more measurement."""

    @property
    def estimate_ns(self) -> int:
        """Delay to plan for; 0 before the first measurement."""


@dataclass(frozen=True, slots=True)
class WindowedMaximum:
    """Maximum over the last ``size`` measurements (10 in real-time chunking, arXiv 2506.07339 algorithm 1)."""

    size: int = 10
    window_ns: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ConfigError(f"size of the delay window must be >= 1, got {self.size}")

    def add(self, delay_ns: int) -> WindowedMaximum:
        """See :class:`DelayEstimator`."""
        return WindowedMaximum(self.size, (*self.window_ns, max(0, delay_ns))[-self.size :])

    @property
    def estimate_ns(self) -> int:
        """See :class:`DelayEstimator`."""
        return max(self.window_ns, default=0)


@dataclass(frozen=True, slots=True)
class JacobsonKarels:
    """Smoothed mean plus ``deviations`` smoothed absolute deviations (Jacobson and Karels 1988; gains of RFC 6298).

    The gains are the 1/8 and 1/4 of TCP; ``deviations`` is 2 as for chunk scheduling, not TCP's 4, because a late
    chunk costs a blend and not a retransmission.
    """

    mean_gain: float = 0.125
    deviation_gain: float = 0.25
    deviations: float = 2.0
    mean_ns: float = 0.0
    deviation_ns: float = 0.0
    count: int = 0

    def add(self, delay_ns: int) -> JacobsonKarels:
        """See :class:`DelayEstimator`."""
        delay = float(max(0, delay_ns))
        if self.count == 0:
            return self._with(delay, delay / 2.0)
        deviation = self.deviation_ns + self.deviation_gain * (abs(delay - self.mean_ns) - self.deviation_ns)
        return self._with(self.mean_ns + self.mean_gain * (delay - self.mean_ns), deviation)

    @property
    def estimate_ns(self) -> int:
        """See :class:`DelayEstimator`."""
        return round(self.mean_ns + self.deviations * self.deviation_ns)

    def _with(self, mean_ns: float, deviation_ns: float) -> JacobsonKarels:
        return JacobsonKarels(
            self.mean_gain, self.deviation_gain, self.deviations, mean_ns, deviation_ns, self.count + 1
        )
