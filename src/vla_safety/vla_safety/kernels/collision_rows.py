# SPDX-License-Identifier: Apache-2.0
"""Distances of all pairs with their gradients by the joints, compiled."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from vla_safety.kernels.arrays import ChainArrays, Floats, WorldArrays
from vla_safety.kernels.distance import pair_distance, place_capsules
from vla_safety.kernels.kinematics import cross, rotate


@njit(cache=True)
def add_point_gradient(chain: ChainArrays, frames: Floats, origin: Floats, moved: Floats, out: Floats) -> None:
    """Add the derivative of ``direction · point`` by each joint that moves the point.

    Args:
        chain: The arm.
        frames: Rotations of the joints in the base.
        origin: Their origins [m].
        moved: Point [m], direction, and in its last row the number of joints that move the point; ``(3, 3)``.
        out: ``(J,)``, added to.
    """
    axis, lever = np.empty(3), np.empty(3)
    for k in range(int(moved[2, 0])):
        rotate(frames[k], chain.axis[k], axis)
        for i in range(3):
            lever[i] = moved[0, i] - origin[k, i]
        motion = cross(axis, lever)
        out[k] += motion[0] * moved[1, 0] + motion[1] * moved[1, 1] + motion[2] * moved[1, 2]


@njit(cache=True)
def pair_rows(chain: ChainArrays, world: WorldArrays, frames: Floats, origin: Floats) -> tuple[Floats, Floats]:
    """Return distances ``(P,)`` [m] and their gradients ``(P, J)`` [m/rad]; zero gradients where axes meet."""
    pairs, joints = world.pair.shape[0], chain.axis.shape[0]
    ends, points = np.empty((world.capsule_joint.shape[0], 2, 3)), np.empty((2, 3))
    distance, gradient = np.empty(pairs), np.zeros((pairs, joints))
    moved = np.empty((3, 3))
    place_capsules(world, frames, origin, ends)
    for p in range(pairs):
        distance[p] = pair_distance(world, ends, p, points)
        length = 0.0
        for i in range(3):
            moved[1, i] = points[0, i] - points[1, i]
            length += moved[1, i] ** 2
        length = math.sqrt(length)
        if length < 1e-9:
            continue
        moved[1] /= length
        moved[0] = points[0]
        moved[2, 0] = world.capsule_joint[world.pair[p, 0]] + 1
        add_point_gradient(chain, frames, origin, moved, gradient[p])
        if world.pair[p, 1] >= 0:
            moved[0], moved[1] = points[1], -moved[1]
            moved[2, 0] = world.capsule_joint[world.pair[p, 1]] + 1
            add_point_gradient(chain, frames, origin, moved, gradient[p])
    return distance, gradient
