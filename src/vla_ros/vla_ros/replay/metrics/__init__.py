# SPDX-License-Identifier: Apache-2.0
"""Metrics of predictions and motions. Pure numpy; each is a function of arrays."""

from vla_ros.replay.metrics.gripper import GripperScore, gripper_score
from vla_ros.replay.metrics.horizon import HorizonError, horizon_error
from vla_ros.replay.metrics.rotation import rotation_distance_rad
from vla_ros.replay.metrics.samples import energy_score, least_of_samples
from vla_ros.replay.metrics.seams import SeamJumps, seam_jumps
from vla_ros.replay.metrics.smoothness import jerk_figures, log_dimensionless_jerk, sparc

__all__ = [
    "GripperScore",
    "HorizonError",
    "SeamJumps",
    "energy_score",
    "gripper_score",
    "horizon_error",
    "jerk_figures",
    "least_of_samples",
    "log_dimensionless_jerk",
    "rotation_distance_rad",
    "seam_jumps",
    "sparc",
]
