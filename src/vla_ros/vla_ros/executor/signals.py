# SPDX-License-Identifier: Apache-2.0
"""What the robot says of itself at one moment, and what the fingers did over time. No planner, no motion."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import numpy as np
import numpy.typing as npt

from vla_ros.executor.config import SignalConfig

__all__ = ["Grasp", "GraspMonitor", "Signals"]

Float64Array = npt.NDArray[np.float64]
RECOVERY, TELEOP = "recovery", "teleop"  # sources of references beside the policy


@dataclass(frozen=True, slots=True)
class Signals:
    """The newest of every signal; a stamp of 0 means that it never came.

    Attributes:
        joint_names: ``(J,)``.
        position: ``(J,)`` [rad]; ``velocity``: ``(J,)`` [rad/s].
        joints_ns: When they were received.
        width_m: Distance of the fingers [m], NaN where not known; ``commanded_width_m`` likewise.
        observation_ns: When the newest observation was received.
        safety_ns: When the newest safety state was received; ``epoch`` is the lowest that it accepts.
        latched: Whether a stop is latched, and ``latch_reason`` why.
        policy_ns: When the newest policy state was received.
        policy_fault: Why the policy cannot run, empty where it can.
        reflex: Whether the robot reports a fault that needs its error recovery.
        source: Whose references safety follows; empty: nobody's.
    """

    joint_names: tuple[str, ...] = ()
    position: Float64Array = field(default_factory=lambda: np.zeros(0))
    velocity: Float64Array = field(default_factory=lambda: np.zeros(0))
    joints_ns: int = 0
    width_m: float = float("nan")
    commanded_width_m: float = float("nan")
    observation_ns: int = 0
    safety_ns: int = 0
    epoch: int = 0
    latched: bool = False
    latch_reason: str = ""
    policy_ns: int = 0
    policy_fault: str = ""
    reflex: bool = False
    source: str = ""

    @property
    def taken(self) -> bool:
        """Whether a person has the arm."""
        return self.source == TELEOP

    def is_at_rest(self, now_ns: int, config: SignalConfig) -> bool:
        """Whether fresh joint states show no motion."""
        if not self.velocity.size or not is_fresh(self.joints_ns, now_ns, config.state_s):
            return False
        return float(np.abs(self.velocity).max()) < config.rest_rad_s


def is_fresh(stamp_ns: int, now_ns: int, limit_s: float) -> bool:
    """Whether something that came at ``stamp_ns`` is at most ``limit_s`` old; what never came (0) is not."""
    return stamp_ns > 0 and now_ns - stamp_ns <= limit_s * 1e9


class Grasp(Enum):
    """What the fingers did since the skill began."""

    NEVER = "never"  # they were not closed
    MISSED = "missed"  # they closed on nothing
    HOLDING = "holding"  # they stay wider than commanded
    RELEASED = "released"  # they held something and were opened by a command
    DROPPED = "dropped"  # they held something and lost it without a command to open


class GraspMonitor:
    """Follows measured and commanded width of the fingers.

    Held is: commanded at least ``held_margin_m`` narrower than measured, unchanged for ``settle_s``. A release is
    commanded before the fingers open; whatever else ends a grasp, closing further or opening by force, is a drop. A
    command that only follows fingers which lost the object changes nothing about that.
    """

    def __init__(self, config: SignalConfig) -> None:
        self._config = config
        self._grasp = Grasp.NEVER
        self._width_m = float("nan")
        self._steady_ns = 0  # since when the width is what it is
        self._held_m = 0.0
        self._left = self._let_go = False  # the fingers are off the held width; they were told to

    @property
    def grasp(self) -> Grasp:
        """What the fingers did so far."""
        return self._grasp

    def update(self, now_ns: int, width_m: float, commanded_m: float) -> None:
        """Take the newest widths [m]; NaN is no news."""
        if not (np.isfinite(width_m) and np.isfinite(commanded_m)):
            return
        if not abs(width_m - self._width_m) < 0.001:  # 1 mm: noise of the encoder is a tenth of it
            self._width_m, self._steady_ns = width_m, now_ns
        if not self._left:  # the first sample off the held width counts, too: a command comes before its motion
            self._let_go = commanded_m > self._held_m
        self._left = abs(width_m - self._held_m) > self._config.held_margin_m
        if now_ns - self._steady_ns < self._config.settle_s * 1e9:
            return
        self._grasp = self._next(width_m, commanded_m)
        if self._grasp is Grasp.HOLDING:
            self._held_m = width_m

    def _next(self, width_m: float, commanded_m: float) -> Grasp:
        margin = self._config.held_margin_m
        if self._config.closed_m < width_m < self._config.open_m and commanded_m < width_m - margin:
            return Grasp.HOLDING
        if self._grasp is Grasp.HOLDING and abs(width_m - self._held_m) > margin:  # a command alone moves nothing yet
            return Grasp.RELEASED if width_m > self._held_m and self._let_go else Grasp.DROPPED
        if self._grasp in (Grasp.NEVER, Grasp.RELEASED) and width_m <= self._config.closed_m:
            return Grasp.MISSED if self._grasp is Grasp.NEVER else self._grasp
        return self._grasp
