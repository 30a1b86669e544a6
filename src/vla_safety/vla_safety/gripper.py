# SPDX-License-Identifier: Apache-2.0
"""When a gripper goal is sent: hysteresis, at most so often, within width, speed and force. No ROS.

Grippers are slow and their actions block: a goal per row of a reference would never end.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from vla_safety.config import GripperConfig
from vla_safety.types import Reference


@dataclass(frozen=True, slots=True)
class GripperGoal:
    """What the gripper is asked."""

    width_m: float
    speed_m_s: float
    force_n: float


def width_at(reference: Reference, now_ns: int) -> float | None:
    """Return the width [m] that a reference asks for at ``now_ns``: that of the newest row that is due."""
    if reference.gripper is None or now_ns < reference.stamp_ns:
        return None
    row = min((now_ns - reference.stamp_ns) // reference.period_ns, len(reference.gripper) - 1)
    return float(reference.gripper[row])


class GripperGate:
    """Lets through few, bounded goals. While motion is forbidden it holds: a stop must not drop what is grasped."""

    def __init__(self, config: GripperConfig) -> None:
        self._config = config
        self._width_m: float | None = None
        self._sent_ns = 0

    @property
    def width_m(self) -> float | None:
        """Return the width of the newest goal [m]."""
        return self._width_m

    def step(self, now_ns: int, wanted_m: float | None, *, held: bool = False) -> GripperGoal | None:
        """Return a goal to send now, or None.

        Args:
            now_ns: Now.
            wanted_m: Width that the reference asks for [m].
            held: Motion is forbidden.
        """
        config = self._config
        if held or wanted_m is None or not math.isfinite(wanted_m):
            return None
        width_m = min(max(wanted_m, 0.0), config.max_width_m)
        if self._width_m is not None:
            if abs(width_m - self._width_m) <= config.hysteresis_m:
                return None
            if now_ns - self._sent_ns < config.min_interval_s * 1e9:
                return None
        self._width_m, self._sent_ns = width_m, now_ns
        return GripperGoal(width_m, config.max_speed_m_s, config.max_force_n)
