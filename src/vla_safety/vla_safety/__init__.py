# SPDX-License-Identifier: Apache-2.0
"""The last program before the robot: every command is verified together with the stop behind it. No ROS in the core."""

from vla_safety.arbiter import SourceArbiter
from vla_safety.config import SafetyConfig
from vla_safety.errors import ConfigError, ModelError, SafetyError
from vla_safety.filter import SafetyFilter
from vla_safety.gripper import GripperGate
from vla_safety.types import (
    Grade,
    Limit,
    Reference,
    ReferenceKind,
    RobotState,
    SafeTrajectory,
    SafetyOutput,
    SafetyReport,
)

__all__ = [
    "ConfigError",
    "Grade",
    "GripperGate",
    "Limit",
    "ModelError",
    "Reference",
    "ReferenceKind",
    "RobotState",
    "SafeTrajectory",
    "SafetyConfig",
    "SafetyError",
    "SafetyFilter",
    "SafetyOutput",
    "SafetyReport",
    "SourceArbiter",
]
