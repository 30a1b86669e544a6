# SPDX-License-Identifier: Apache-2.0
"""Inverse dynamics of a serial chain, compiled. Vectors are tuples of three: they live in registers, arrays do not."""

from __future__ import annotations

import numpy as np
from numba import njit

from vla_safety.kernels.arrays import ChainArrays, Floats

Triple = tuple[float, float, float]


@njit(cache=True, inline="always")
def cross(a: Triple, b: Triple) -> Triple:
    """Return the cross product."""
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


@njit(cache=True, inline="always")
def add(a: Triple, b: Triple) -> Triple:
    """Return the sum."""
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


@njit(cache=True, inline="always")
def scale(a: Triple, factor: float) -> Triple:
    """Return ``factor · a``."""
    return (factor * a[0], factor * a[1], factor * a[2])


@njit(cache=True, inline="always")
def turn(matrix: Floats, a: Triple) -> Triple:
    """Return ``matrix @ a``."""
    return (
        matrix[0, 0] * a[0] + matrix[0, 1] * a[1] + matrix[0, 2] * a[2],
        matrix[1, 0] * a[0] + matrix[1, 1] * a[1] + matrix[1, 2] * a[2],
        matrix[2, 0] * a[0] + matrix[2, 1] * a[1] + matrix[2, 2] * a[2],
    )


@njit(cache=True, inline="always")
def turn_back(matrix: Floats, a: Triple) -> Triple:
    """Return ``matrix.T @ a``."""
    return (
        matrix[0, 0] * a[0] + matrix[1, 0] * a[1] + matrix[2, 0] * a[2],
        matrix[0, 1] * a[0] + matrix[1, 1] * a[1] + matrix[2, 1] * a[2],
        matrix[0, 2] * a[0] + matrix[1, 2] * a[1] + matrix[2, 2] * a[2],
    )


@njit(cache=True, inline="always")
def row(matrix: Floats, k: int) -> Triple:
    """Return row ``k`` of an array ``(N, 3)``."""
    return (matrix[k, 0], matrix[k, 1], matrix[k, 2])


@njit(cache=True)
def inverse_dynamics(chain: ChainArrays, frames: Floats, motion: Floats, torque: Floats, work: Floats) -> None:
    """Write the joint torques of a motion into ``torque`` ``(J,)`` [N m] (recursive Newton-Euler, base axes).

    Args:
        chain: The arm.
        frames: Rotations of the joints in the base ``(>= J, 3, 3)``.
        motion: Rows velocity [rad/s] and acceleration [rad/s²], ``(2, J)``.
        torque: Overwritten.
        work: Scratch ``(5, J, 3)``: axis, lever, force, moment, centre of mass.
    """
    joints = motion.shape[1]
    spin = (0.0, 0.0, 0.0)
    rate = (0.0, 0.0, 0.0)
    pull = (-chain.gravity[0], -chain.gravity[1], -chain.gravity[2])
    for k in range(joints):
        lever = row(chain.translation, k)
        if k > 0:
            lever = turn(frames[k - 1], lever)
        axis, center = turn(frames[k], row(chain.axis, k)), turn(frames[k], row(chain.center, k))
        pull = add(pull, add(cross(rate, lever), cross(spin, cross(spin, lever))))
        own = scale(axis, motion[0, k])
        rate = add(rate, add(scale(axis, motion[1, k]), cross(spin, own)))
        spin = add(spin, own)
        force = scale(add(pull, add(cross(rate, center), cross(spin, cross(spin, center)))), chain.mass[k])
        local, change = turn_back(frames[k], spin), turn_back(frames[k], rate)
        inertia = chain.inertia[k]
        moment = turn(frames[k], add(turn(inertia, change), cross(local, turn(inertia, local))))
        for i in range(3):
            work[0, k, i], work[1, k, i], work[2, k, i] = axis[i], lever[i], force[i]
            work[3, k, i], work[4, k, i] = moment[i], center[i]
    load = (0.0, 0.0, 0.0)
    bend = (0.0, 0.0, 0.0)
    for k in range(joints - 1, -1, -1):
        if k < joints - 1:
            bend = add(bend, cross(row(work[1], k + 1), load))
        force = row(work[2], k)
        load = add(load, force)
        bend = add(bend, add(row(work[3], k), cross(row(work[4], k), force)))
        axis = row(work[0], k)
        torque[k] = axis[0] * bend[0] + axis[1] * bend[1] + axis[2] * bend[2]


def torques(chain: ChainArrays, frames: Floats, motion: Floats) -> Floats:
    """Return the joint torques ``(J,)`` of a motion (see `inverse_dynamics`)."""
    out = np.empty(motion.shape[1])
    inverse_dynamics(chain, frames, motion, out, np.empty((5, motion.shape[1], 3)))
    return out
