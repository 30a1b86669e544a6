# SPDX-License-Identifier: Apache-2.0
"""What the simulation tells: measured arm state and ground truth, as plain frozen values. No MuJoCo."""

from dataclasses import dataclass

from vla_sim.controllers.reflex import Reflex
from vla_sim.controllers.trajectory import Float64, JointSamples


@dataclass(frozen=True, slots=True, eq=False)
class RobotState:
    """The robot at one time, as its own sensors would say it, and what it was commanded."""

    time_ns: int  # since the reset
    position: Float64  # (7,) [rad], measured
    velocity: Float64  # (7,) [rad/s], measured
    effort: Float64  # (7,) [Nm], of the motors
    external_torque: Float64  # (7,) [Nm], from contact, filtered
    commanded: JointSamples  # each (7,)
    tool_position: Float64  # (3,) [m], tool in base
    tool_rotation: Float64  # (3, 3), tool in base
    tool_velocity: Float64  # (6,) linear [m/s] and angular [rad/s], tool in base
    gripper_width_m: float
    gripper_velocity_m_s: float
    reflex: Reflex


@dataclass(frozen=True, slots=True, eq=False)
class ObjectState:
    """Ground truth of one object: pose and speed in the base."""

    name: str
    position: Float64  # (3,) [m]
    quaternion_wxyz: Float64  # (4,)
    velocity: Float64  # (6,) linear [m/s], angular [rad/s]


@dataclass(frozen=True, slots=True)
class Contact:
    """Two geoms or bodies that touch, and the normal force between them."""

    first: str
    second: str
    force_n: float
