# SPDX-License-Identifier: Apache-2.0
"""Watches commands and contact as Franka's Control does, and says when it would stop the arm. No ROS, no clock.

Control differentiates the commanded positions by backward Euler at 1 kHz, three times (FCI documentation); each
difference must stay strictly within its limit, which for the FR3's velocity depends on the position. The external
torque is compared with the upper collision threshold.
"""

from enum import Enum

import numpy as np

from vla_sim.controllers.trajectory import Float64
from vla_sim.limits import ArmLimits

TORQUE_FILTER_S = 0.005  # the estimator's smoothing: a 1 ms spike of the contact solver is no collision
ROUNDING = 1.0 + 1e-3  # differences of float64 positions at 1 kHz: 1e-16 / 1e-9 rad/s^3 and the like
REST_RAD_S = 1e-9  # the same at rest, where the envelope may allow nothing


class Reflex(Enum):
    """Why the arm stopped; the names are libfranka's."""

    NONE = "none"
    POSITION = "joint_motion_generator_position_limits_violation"
    VELOCITY = "joint_motion_generator_velocity_limits_violation"
    ACCELERATION = "joint_motion_generator_velocity_discontinuity"
    JERK = "joint_motion_generator_acceleration_discontinuity"
    COLLISION = "joint_reflex"


class CommandMonitor:
    """Backward differences of the commanded positions."""

    def __init__(self, limits: ArmLimits, position: Float64, dt_s: float) -> None:
        """Start at rest at ``position (J,)`` [rad]; one command every ``dt_s``."""
        self._limits = limits
        self._dt_s = dt_s
        self.reset(position)

    def reset(self, position: Float64) -> None:
        """Count as at rest at ``position (J,)`` [rad]."""
        self._past = np.repeat(np.asarray(position, dtype=np.float64)[None], 3, axis=0)

    def check(self, positions: Float64) -> tuple[int, Reflex]:
        """Return how many of ``positions (N, J)`` may be executed, and why not the next one.

        The accepted ones become the past of the next call.
        """
        line = np.vstack([self._past, positions])
        limits = self._limits
        tests = (
            (Reflex.POSITION, np.maximum(positions - limits.position_high, limits.position_low - positions) > 0.0),
            (Reflex.VELOCITY, self._too_fast(line[2:])),
            (Reflex.ACCELERATION, self._beyond(line, 2, limits.acceleration)),
            (Reflex.JERK, self._beyond(line, 3, limits.jerk)),
        )
        firsts = [(int(np.argmax(rows)), reflex) for reflex, bad in tests if (rows := bad.any(axis=1)).any()]
        count, reflex = min(firsts, key=lambda item: item[0], default=(len(positions), Reflex.NONE))
        self._past = line[count : count + 3]
        return count, reflex

    def _too_fast(self, line: Float64) -> np.ndarray:
        velocity = np.diff(line, axis=0) / self._dt_s
        low, high = self._limits.velocity_bounds(line[:-1])
        return (velocity > high * ROUNDING + REST_RAD_S) | (velocity < low * ROUNDING - REST_RAD_S)

    def _beyond(self, line: Float64, order: int, limit: Float64) -> np.ndarray:
        difference = np.diff(line[3 - order :], n=order, axis=0) / self._dt_s**order
        return np.abs(difference) > limit * ROUNDING


class ContactMonitor:
    """Low-passed external torque against the collision thresholds."""

    def __init__(self, limits: ArmLimits, dt_s: float) -> None:
        """Measure every ``dt_s``."""
        self._threshold = limits.external_torque
        self._gain = min(1.0, dt_s / TORQUE_FILTER_S)
        self.torque = np.zeros_like(limits.external_torque)  # (J,) [Nm], filtered

    def reset(self) -> None:
        """Forget the past."""
        self.torque = np.zeros_like(self.torque)

    def collides(self, torque: Float64) -> bool:
        """Take one measured external torque ``(J,)`` [Nm]; say whether it is a collision."""
        self.torque = self.torque + self._gain * (torque - self.torque)
        return bool((np.abs(self.torque) > self._threshold).any())
