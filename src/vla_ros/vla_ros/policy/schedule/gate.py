# SPDX-License-Identifier: Apache-2.0
"""A gate between two policies: hysteresis and a shortest dwell. Pure; the clock is an argument.

A vision-language-action policy finds the object, a small fast one finishes the grasp: a signal (a channel of a policy,
a yes or no of the planner, a distance) says which one is in charge. Both write to one timeline, so the seam of a
hand-over is faded like any other. After the switch of VLA and diffusion policy of the ADAPT hand project.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from vla_ros.errors import ConfigError

__all__ = ["PolicyGate"]


@dataclass(frozen=True, slots=True)
class PolicyGate:
    """Which of two policies is in charge.

    Attributes:
        on: At or above it the second policy takes over.
        off: At or below it the first one does; in between nothing changes.
        min_dwell_ns: Shortest time between two switches.
        second: Whether the second policy is in charge.
        since_ns: When it was switched last; None: never.
    """

    on: float
    off: float
    min_dwell_ns: int = 0
    second: bool = False
    since_ns: int | None = None

    def __post_init__(self) -> None:
        if not self.off < self.on:
            raise ConfigError(f"a gate needs off < on, got off {self.off}, on {self.on}")
        if self.min_dwell_ns < 0:
            raise ConfigError(f"min_dwell_ns of a gate must be >= 0, got {self.min_dwell_ns}")

    def update(self, now_ns: int, signal: float) -> PolicyGate:
        """Return the gate after a value of the signal; one that is not finite changes nothing."""
        wanted = signal >= self.on or (self.second and signal > self.off)
        dwells = self.since_ns is not None and now_ns - self.since_ns < self.min_dwell_ns
        if wanted == self.second or dwells or not math.isfinite(signal):
            return self
        return replace(self, second=wanted, since_ns=now_ns)
