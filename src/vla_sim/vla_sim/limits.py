# SPDX-License-Identifier: Apache-2.0
"""Joint limits of the two arms as Franka's FCI documentation gives them, and the velocity allowed at a position."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vla_sim.errors import SimulationError

Float64 = NDArray[np.float64]


def _row(*values: float) -> Float64:
    row = np.array(values)
    row.setflags(write=False)
    return row


@dataclass(frozen=True, slots=True, eq=False)
class VelocityEnvelope:
    """What is left of the velocity limit near the ends: ``|v| <= -offset + sqrt(2 deceleration distance)``.

    FCI documentation, "Limits for Franka Research 3". The distances are to ``low`` and ``high``; each ``(7,)``.
    """

    offset_rad_s: Float64
    deceleration_rad_s2: Float64
    low_rad: Float64
    high_rad: Float64

    def allowed(self, distance_rad: Float64) -> Float64:
        """Return the speed ``(..., 7)`` [rad/s] towards an end that is so far away."""
        speed = np.sqrt(2.0 * self.deceleration_rad_s2 * np.maximum(distance_rad, 0.0)) - self.offset_rad_s
        return np.maximum(speed, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class ArmLimits:
    """Limits of one arm, each ``(7,)``: [rad], [rad/s], [rad/s^2], [rad/s^3], and the collision thresholds [Nm]."""

    position_low: Float64
    position_high: Float64
    velocity: Float64
    acceleration: Float64
    jerk: Float64
    external_torque: Float64
    envelope: VelocityEnvelope | None = None

    def velocity_bounds(self, position: Float64) -> tuple[Float64, Float64]:
        """Return lowest and highest velocity ``(..., 7)`` [rad/s] allowed at ``position (..., 7)`` [rad]."""
        if self.envelope is None:
            return -self.velocity, self.velocity
        down = np.minimum(self.velocity, self.envelope.allowed(position - self.envelope.low_rad))
        return -down, np.minimum(self.velocity, self.envelope.allowed(self.envelope.high_rad - position))


# franka_ros2 DefaultRobotBehavior, upper torque thresholds.
_COLLISION_NM = _row(35.0, 35.0, 32.0, 30.0, 29.0, 27.0, 24.0)

PANDA = ArmLimits(
    position_low=_row(-2.8973, -1.7628, -2.8973, -3.0718, -2.8973, -0.0175, -2.8973),
    position_high=_row(2.8973, 1.7628, 2.8973, -0.0698, 2.8973, 3.7525, 2.8973),
    velocity=_row(2.175, 2.175, 2.175, 2.175, 2.61, 2.61, 2.61),
    acceleration=_row(15.0, 7.5, 10.0, 12.5, 15.0, 20.0, 20.0),
    jerk=_row(7500.0, 3750.0, 5000.0, 6250.0, 7500.0, 10000.0, 10000.0),
    external_torque=_COLLISION_NM,
)
FR3 = ArmLimits(
    position_low=_row(-2.7437, -1.7837, -2.9007, -3.0421, -2.8065, 0.5445, -3.0159),
    position_high=_row(2.7437, 1.7837, 2.9007, -0.1518, 2.8065, 4.5169, 3.0159),
    velocity=_row(2.62, 2.62, 2.62, 2.62, 5.26, 4.18, 5.26),
    acceleration=_row(*(10.0,) * 7),
    jerk=_row(*(5000.0,) * 7),
    external_torque=_COLLISION_NM,
    envelope=VelocityEnvelope(
        offset_rad_s=_row(0.30, 0.20, 0.20, 0.30, 0.35, 0.35, 0.35),
        deceleration_rad_s2=_row(6.0, 2.585, 3.5, 4.0, 17.0, 5.5, 17.0),
        low_rad=_row(-2.7501, -1.7918, -2.9065, -3.0481, -2.8101, 0.54092, -3.0196),
        high_rad=_row(2.7501, 1.7918, 2.9065, -0.1458, 2.8101, 4.5205, 3.0196),
    ),
)
ARMS = {"fr3": FR3, "panda": PANDA}


def limits_of(arm_id: str) -> ArmLimits:
    """Return the limits of ``fr3`` or ``panda``.

    Raises:
        SimulationError: Another name.
    """
    if arm_id not in ARMS:
        raise SimulationError(f"arm_id must be one of {sorted(ARMS)}, got {arm_id!r}")
    return ARMS[arm_id]


def joint_names(arm_id: str) -> tuple[str, ...]:
    """Return the seven names as the robot's own driver gives them: ``fr3_joint1`` to ``fr3_joint7``."""
    limits_of(arm_id)
    return tuple(f"{arm_id}_joint{index}" for index in range(1, 8))
