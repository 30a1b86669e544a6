# SPDX-License-Identifier: Apache-2.0
"""Limits, one per file: each gives rows ``G Δq ≤ h``. A new one is a file here and a line in a list below."""

from vla_safety.config import Bending, SafetyConfig
from vla_safety.limits.base import Context, RowLimit, Rows
from vla_safety.limits.collision import CollisionLimit
from vla_safety.limits.joint_acceleration import JointAccelerationLimit
from vla_safety.limits.joint_jerk import JointJerkLimit
from vla_safety.limits.joint_position import JointPositionLimit
from vla_safety.limits.joint_torque import JointTorqueLimit
from vla_safety.limits.joint_velocity import JointVelocityLimit
from vla_safety.limits.orientation import OrientationLimit
from vla_safety.limits.singularity import SingularityLimit
from vla_safety.limits.tool_speed import ToolSpeedLimit
from vla_safety.limits.workspace import WorkspaceLimit


def geometric_limits(config: SafetyConfig) -> tuple[RowLimit, ...]:
    """Return the limits of where the arm may be; how fast it gets there is settled by slowing."""
    return (
        JointPositionLimit(),
        WorkspaceLimit(),
        OrientationLimit(),
        SingularityLimit(config.tool.singular_stop),
        CollisionLimit(),
    )


def dynamic_limits() -> tuple[RowLimit, ...]:
    """Return the limits of motion, for sources that want to be on time rather than on their path."""
    return (
        JointVelocityLimit(),
        JointAccelerationLimit(),
        JointJerkLimit(),
        JointTorqueLimit(),
        ToolSpeedLimit(),
    )


def bending_limits(config: SafetyConfig) -> tuple[RowLimit, ...]:
    """Return the limits that bending obeys."""
    return geometric_limits(config) + (dynamic_limits() if config.bending is Bending.ALL else ())


__all__ = [
    "CollisionLimit",
    "Context",
    "JointAccelerationLimit",
    "JointJerkLimit",
    "JointPositionLimit",
    "JointTorqueLimit",
    "JointVelocityLimit",
    "OrientationLimit",
    "RowLimit",
    "Rows",
    "SingularityLimit",
    "ToolSpeedLimit",
    "WorkspaceLimit",
    "bending_limits",
]
