# SPDX-License-Identifier: Apache-2.0
"""Forward kinematics and Jacobian of a serial chain, compiled. Checked against pinocchio in tests."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from vla_safety.kernels.arrays import ChainArrays, Floats


@njit(cache=True)
def joint_rotation(axis: Floats, angle: float, out: Floats) -> None:
    """Write the rotation by ``angle`` about the unit ``axis`` into ``out`` ``(3, 3)`` (Rodrigues)."""
    c, s = math.cos(angle), math.sin(angle)
    x, y, z = axis[0], axis[1], axis[2]
    k = 1.0 - c
    out[0, 0], out[0, 1], out[0, 2] = c + k * x * x, k * x * y - s * z, k * x * z + s * y
    out[1, 0], out[1, 1], out[1, 2] = k * x * y + s * z, c + k * y * y, k * y * z - s * x
    out[2, 0], out[2, 1], out[2, 2] = k * x * z - s * y, k * y * z + s * x, c + k * z * z


@njit(cache=True)
def multiply(left: Floats, right: Floats, out: Floats) -> None:
    """Write the product of two ``(3, 3)`` matrices into ``out``, which is neither of them."""
    for i in range(3):
        for j in range(3):
            out[i, j] = left[i, 0] * right[0, j] + left[i, 1] * right[1, j] + left[i, 2] * right[2, j]


@njit(cache=True)
def forward(chain: ChainArrays, position: Floats, rotation: Floats, origin: Floats) -> None:
    """Write the frames of all joints and of the tool in the base.

    Args:
        chain: The arm.
        position: Joint positions ``(J,)`` [rad].
        rotation: ``(J + 1, 3, 3)``, overwritten; the last one is the tool.
        origin: ``(J + 1, 3)`` [m], overwritten; the last one is the tool point.
    """
    joints = position.shape[0]
    turn = np.empty((3, 3))
    fixed = np.empty((3, 3))
    for k in range(joints):
        joint_rotation(chain.axis[k], position[k], turn)
        multiply(chain.rotation[k], turn, fixed)
        if k == 0:
            rotation[0] = fixed
            origin[0] = chain.translation[0]
        else:
            multiply(rotation[k - 1], fixed, rotation[k])
            to_base(rotation[k - 1], origin[k - 1], chain.translation[k], origin[k])
    multiply(rotation[joints - 1], chain.tool_rotation, rotation[joints])
    to_base(rotation[joints - 1], origin[joints - 1], chain.tool_translation, origin[joints])


@njit(cache=True)
def to_base(rotation: Floats, origin: Floats, point: Floats, out: Floats) -> None:
    """Write ``rotation @ point + origin`` into ``out`` ``(3,)``."""
    for i in range(3):
        out[i] = origin[i] + rotation[i, 0] * point[0] + rotation[i, 1] * point[1] + rotation[i, 2] * point[2]


@njit(cache=True)
def tool_jacobian(chain: ChainArrays, rotation: Floats, origin: Floats, out: Floats) -> None:
    """Write the tool's Jacobian ``(6, J)`` in base axes: linear velocity of the tool point, then angular velocity."""
    joints = rotation.shape[0] - 1
    for k in range(joints):
        for i in range(3):
            out[3 + i, k] = (
                rotation[k, i, 0] * chain.axis[k, 0]
                + rotation[k, i, 1] * chain.axis[k, 1]
                + rotation[k, i, 2] * chain.axis[k, 2]
            )
        rx = origin[joints, 0] - origin[k, 0]
        ry = origin[joints, 1] - origin[k, 1]
        rz = origin[joints, 2] - origin[k, 2]
        out[0, k] = out[4, k] * rz - out[5, k] * ry
        out[1, k] = out[5, k] * rx - out[3, k] * rz
        out[2, k] = out[3, k] * ry - out[4, k] * rx


@njit(cache=True)
def cross(left: Floats, right: Floats) -> Floats:
    """Return the cross product of two vectors ``(3,)``."""
    out = np.empty(3)
    out[0] = left[1] * right[2] - left[2] * right[1]
    out[1] = left[2] * right[0] - left[0] * right[2]
    out[2] = left[0] * right[1] - left[1] * right[0]
    return out


@njit(cache=True)
def rotate(rotation: Floats, vector: Floats, out: Floats) -> None:
    """Write ``rotation @ vector`` into ``out`` ``(3,)``, which is not ``vector``."""
    for i in range(3):
        out[i] = rotation[i, 0] * vector[0] + rotation[i, 1] * vector[1] + rotation[i, 2] * vector[2]
