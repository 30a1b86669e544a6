# SPDX-License-Identifier: Apache-2.0
"""Joint limits of the two arms as Franka's FCI documentation gives them. Data only."""

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
class ArmLimits:
    """Limits of one arm, each ``(7,)``: [rad], [rad/s], [rad/s^2], [rad/s^3], and the collision thresholds [Nm]."""

    position_low: Float64
    position_high: Float64
    velocity: Float64
    acceleration: Float64
    jerk: Float64
    external_torque: Float64


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
