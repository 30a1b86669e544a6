# SPDX-License-Identifier: Apache-2.0
"""Forward kinematics, Jacobian and inverse dynamics of a serial chain, compiled. Checked against pinocchio in tests."""

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
def inverse_dynamics(chain: ChainArrays, frames: Floats, motion: Floats, torque: Floats, work: Floats) -> None:
    """Write the joint torques of a motion into ``torque`` ``(J,)`` [N m] (recursive Newton-Euler, base frame).

    Args:
        chain: The arm.
        frames: Rotations of the joints in the base ``(>= J, 3, 3)``.
        motion: Rows velocity [rad/s] and acceleration [rad/s²], ``(2, J)``.
        torque: Overwritten.
        work: Scratch ``(5, J, 3)``.
    """
    joints = motion.shape[1]
    axis, lever, force, moment, center = work[0], work[1], work[2], work[3], work[4]
    spin, turn, pull = np.zeros(3), np.zeros(3), -chain.gravity
    local, rate = np.empty(3), np.empty(3)
    for k in range(joints):
        parent = frames[k - 1] if k > 0 else np.eye(3)
        rotate(parent, chain.translation[k], lever[k])
        rotate(frames[k], chain.axis[k], axis[k])
        rotate(frames[k], chain.center[k], center[k])
        pull = pull + cross(turn, lever[k]) + cross(spin, cross(spin, lever[k]))
        turn = turn + axis[k] * motion[1, k] + cross(spin, axis[k] * motion[0, k])
        spin = spin + axis[k] * motion[0, k]
        at_center = pull + cross(turn, center[k]) + cross(spin, cross(spin, center[k]))
        force[k] = chain.mass[k] * at_center
        rotate_back(frames[k], spin, local)
        rotate_back(frames[k], turn, rate)
        euler = apply(chain.inertia[k], rate) + cross(local, apply(chain.inertia[k], local))
        rotate(frames[k], euler, moment[k])
    load, bend = np.zeros(3), np.zeros(3)
    for k in range(joints - 1, -1, -1):
        if k < joints - 1:
            bend = bend + cross(lever[k + 1], load)
        load = load + force[k]
        bend = bend + moment[k] + cross(center[k], force[k])
        torque[k] = axis[k, 0] * bend[0] + axis[k, 1] * bend[1] + axis[k, 2] * bend[2]


@njit(cache=True)
def cross(left: Floats, right: Floats) -> Floats:
    """Return the cross product of two vectors ``(3,)``."""
    out = np.empty(3)
    out[0] = left[1] * right[2] - left[2] * right[1]
    out[1] = left[2] * right[0] - left[0] * right[2]
    out[2] = left[0] * right[1] - left[1] * right[0]
    return out


@njit(cache=True)
def apply(matrix: Floats, vector: Floats) -> Floats:
    """Return ``matrix @ vector`` for ``(3, 3)`` and ``(3,)``."""
    out = np.empty(3)
    rotate(matrix, vector, out)
    return out


@njit(cache=True)
def rotate(rotation: Floats, vector: Floats, out: Floats) -> None:
    """Write ``rotation @ vector`` into ``out`` ``(3,)``, which is not ``vector``."""
    for i in range(3):
        out[i] = rotation[i, 0] * vector[0] + rotation[i, 1] * vector[1] + rotation[i, 2] * vector[2]


@njit(cache=True)
def rotate_back(rotation: Floats, vector: Floats, out: Floats) -> None:
    """Write ``rotation.T @ vector`` into ``out`` ``(3,)``, which is not ``vector``."""
    for i in range(3):
        out[i] = rotation[0, i] * vector[0] + rotation[1, i] * vector[1] + rotation[2, i] * vector[2]
