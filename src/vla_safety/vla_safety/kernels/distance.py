# SPDX-License-Identifier: Apache-2.0
"""Exact distances between capsules and between a capsule and a box with axes of the base, compiled."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from vla_safety.kernels.arrays import Floats, WorldArrays
from vla_safety.kernels.kinematics import to_base

BISECTIONS = 40  # of a parameter in [0, 1]: 1e-12 of the segment's length


@njit(cache=True)
def segment_segment(start: Floats, end: Floats, other_start: Floats, other_end: Floats, points: Floats) -> float:
    """Return the distance of two segments; their closest points go to ``points`` ``(2, 3)``.

    Ericson, "Real-Time Collision Detection", 5.1.9.
    """
    a = e = b = c = f = 0.0
    for i in range(3):
        d1, d2, r = end[i] - start[i], other_end[i] - other_start[i], start[i] - other_start[i]
        a += d1 * d1
        e += d2 * d2
        b += d1 * d2
        c += d1 * r
        f += d2 * r
    tiny = 1e-18
    s = t = 0.0
    if a > tiny and e > tiny:
        det = a * e - b * b
        s = min(max((b * f - c * e) / det, 0.0), 1.0) if det > 1e-12 * a * e else 0.0
        t = (b * s + f) / e
        if t < 0.0 or t > 1.0:
            t = min(max(t, 0.0), 1.0)
            s = min(max((b * t - c) / a, 0.0), 1.0)
    elif a > tiny:
        s = min(max(-c / a, 0.0), 1.0)
    elif e > tiny:
        t = min(max(f / e, 0.0), 1.0)
    total = 0.0
    for i in range(3):
        points[0, i] = start[i] + s * (end[i] - start[i])
        points[1, i] = other_start[i] + t * (other_end[i] - other_start[i])
        total += (points[0, i] - points[1, i]) ** 2
    return math.sqrt(total)


@njit(cache=True)
def box_slope(start: Floats, end: Floats, center: Floats, half: Floats, parameter: float) -> float:
    """Return half the derivative of the squared distance to the box along the segment: monotone, for it is convex."""
    slope = 0.0
    for i in range(3):
        direction = end[i] - start[i]
        offset = start[i] + parameter * direction - center[i]
        if offset > half[i]:
            slope += (offset - half[i]) * direction
        elif offset < -half[i]:
            slope += (offset + half[i]) * direction
    return slope


@njit(cache=True)
def nearest_to_box(start: Floats, end: Floats, center: Floats, half: Floats) -> float:
    """Return where on the segment, in [0, 1], the box is nearest: the zero of `box_slope`, or the end before it."""
    if box_slope(start, end, center, half, 0.0) >= 0.0:
        return 0.0
    if box_slope(start, end, center, half, 1.0) <= 0.0:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        if box_slope(start, end, center, half, middle) > 0.0:
            high = middle
        else:
            low = middle
    return 0.5 * (low + high)


@njit(cache=True)
def segment_box(start: Floats, end: Floats, center: Floats, half: Floats, points: Floats) -> float:
    """Return the distance of a segment to a box, 0 if they meet; closest points go to ``points`` ``(2, 3)``.

    A segment that is inside the box gets 0 and the point deepest inside is not looked for: the caller's margin makes
    such states inadmissible long before.
    """
    s = nearest_to_box(start, end, center, half)
    total = 0.0
    for i in range(3):
        points[0, i] = start[i] + s * (end[i] - start[i])
        points[1, i] = min(max(points[0, i], center[i] - half[i]), center[i] + half[i])
        total += (points[0, i] - points[1, i]) ** 2
    return math.sqrt(total)


@njit(cache=True)
def place_capsules(world: WorldArrays, rotation: Floats, origin: Floats, ends: Floats) -> None:
    """Write both end points of every capsule in the base, ``(C, 2, 3)``, from the frames of the joints."""
    for k in range(world.capsule_joint.shape[0]):
        joint = world.capsule_joint[k]
        if joint < 0:
            ends[k, 0] = world.capsule_start[k]
            ends[k, 1] = world.capsule_end[k]
        else:
            to_base(rotation[joint], origin[joint], world.capsule_start[k], ends[k, 0])
            to_base(rotation[joint], origin[joint], world.capsule_end[k], ends[k, 1])


@njit(cache=True)
def pair_distance(world: WorldArrays, ends: Floats, pair: int, points: Floats) -> float:
    """Return the distance of one pair [m], negative where capsules overlap; ``points`` ``(2, 3)`` lie on the axes."""
    first, second = world.pair[pair, 0], world.pair[pair, 1]
    if second < 0:
        box = -1 - second
        gap = segment_box(ends[first, 0], ends[first, 1], world.box_center[box], world.box_half[box], points)
        return gap - world.capsule_radius[first]
    gap = segment_segment(ends[first, 0], ends[first, 1], ends[second, 0], ends[second, 1], points)
    return gap - world.capsule_radius[first] - world.capsule_radius[second]


@njit(cache=True)
def pair_bound(world: WorldArrays, ends: Floats, pair: int) -> float:
    """Return a lower bound of the distance of one pair [m], from the balls around its capsules: cheap, often enough."""
    first, second = world.pair[pair, 0], world.pair[pair, 1]
    total = 0.0
    if second < 0:
        box = -1 - second
        for i in range(3):
            middle = 0.5 * (ends[first, 0, i] + ends[first, 1, i])
            total += max(abs(middle - world.box_center[box, i]) - world.box_half[box, i], 0.0) ** 2
        return math.sqrt(total) - world.capsule_ball[first]
    for i in range(3):
        gap = ends[first, 0, i] + ends[first, 1, i] - ends[second, 0, i] - ends[second, 1, i]
        total += gap * gap
    return 0.5 * math.sqrt(total) - world.capsule_ball[first] - world.capsule_ball[second]


@njit(cache=True)
def all_distances(world: WorldArrays, rotation: Floats, origin: Floats) -> Floats:
    """Return the distances of all pairs ``(P,)`` [m]."""
    ends = np.empty((world.capsule_joint.shape[0], 2, 3))
    points = np.empty((2, 3))
    out = np.empty(world.pair.shape[0])
    place_capsules(world, rotation, origin, ends)
    for k in range(out.shape[0]):
        out[k] = pair_distance(world, ends, k, points)
    return out
