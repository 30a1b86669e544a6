# SPDX-License-Identifier: Apache-2.0
"""The Franka hand: moves to a width at a speed with a force, and says whether it arrived or was held up.

No ROS, no clock.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from vla_sim.errors import SimulationError

WIDTH_MAX_M = 0.08
SPEED_MAX_M_S = 0.1  # 50 mm/s each finger
FORCE_MAX_N = 70.0  # continuous
STALL_SPEED_M_S = 0.002
STALL_TIME_S = 0.15
ARRIVED_M = 0.0015


class HandStatus(Enum):
    """Where a motion stands."""

    MOVING = "moving"  # on its way
    ARRIVED = "arrived"  # at the width asked for
    STALLED = "stalled"  # something is between the fingers


@dataclass(frozen=True, slots=True)
class HandCommand:
    """Fingers ``width_m`` apart, closing at most ``speed_m_s`` (of the width) with at most ``force_n``."""

    width_m: float
    speed_m_s: float = SPEED_MAX_M_S
    force_n: float = 20.0

    def __post_init__(self) -> None:
        """Refuse what the hand cannot do."""
        if not np.isfinite([self.width_m, self.speed_m_s, self.force_n]).all():
            raise SimulationError("a hand command must be finite")
        if self.speed_m_s <= 0.0 or self.force_n <= 0.0:
            raise SimulationError("a hand command needs speed_m_s > 0 and force_n > 0")


class HandController:
    """Ramps the width set-point of the finger servo."""

    def __init__(self, width_m: float) -> None:
        """Start at rest, ``width_m`` apart."""
        self._command = HandCommand(width_m)
        self._setpoint_m = width_m
        self._still_s = 0.0
        self._last_width_m = width_m

    @property
    def force_n(self) -> float:
        """Force limit of the present command."""
        return min(self._command.force_n, FORCE_MAX_N)

    @property
    def target_m(self) -> float:
        """Width of the present command, within the hand's stroke."""
        return min(max(self._command.width_m, 0.0), WIDTH_MAX_M)

    def command(self, command: HandCommand, width_m: float) -> None:
        """Start a motion from the measured ``width_m``; repeating the present command changes nothing."""
        if command == self._command:
            return
        self._command = command
        self._setpoint_m = width_m
        self._still_s = 0.0

    def stop(self, width_m: float) -> None:
        """Stay at the measured ``width_m``."""
        self.command(HandCommand(width_m, force_n=self._command.force_n), width_m)

    def step(self, width_m: float, dt_s: float) -> float:
        """Return the next set-point [m]; ``width_m`` is measured."""
        reach = min(self._command.speed_m_s, SPEED_MAX_M_S) * dt_s
        self._setpoint_m += min(max(self.target_m - self._setpoint_m, -reach), reach)
        moving = abs(width_m - self._last_width_m) > STALL_SPEED_M_S * dt_s
        self._still_s = 0.0 if moving else self._still_s + dt_s
        self._last_width_m = width_m
        return self._setpoint_m

    def status(self, width_m: float) -> HandStatus:
        """Say where the present motion stands at the measured ``width_m``."""
        if abs(width_m - self.target_m) <= ARRIVED_M:
            return HandStatus.ARRIVED
        return HandStatus.STALLED if self._still_s >= STALL_TIME_S else HandStatus.MOVING
