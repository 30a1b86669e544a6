# SPDX-License-Identifier: Apache-2.0
"""Rotations as quaternions. One function."""

import mujoco
import numpy as np

from vla_sim.controllers.trajectory import Float64


def quaternion_of(matrix: Float64) -> Float64:
    """Return the unit quaternion ``(4,)`` wxyz of a rotation matrix ``(3, 3)``."""
    quaternion = np.empty(4)
    mujoco.mju_mat2Quat(quaternion, np.ascontiguousarray(matrix).ravel())
    return quaternion
