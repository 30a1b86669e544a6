# SPDX-License-Identifier: Apache-2.0
"""The certificate: does a whole trajectory, between knots too, keep every limit? Compiled; no search, no repair.

Joint limits use the hull of each quintic. Distances and tool limits are evaluated at knots and bounded between them by
how far the joints can have moved (conservative advancement). Torques are evaluated at knots and, where they come near
their limit, at three points between.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from vla_safety.kernels.arrays import BoundArrays, ChainArrays, Floats, KnotArrays, WorldArrays
from vla_safety.kernels.distance import pair_bound, pair_distance, place_capsules
from vla_safety.kernels.dynamics import inverse_dynamics
from vla_safety.kernels.kinematics import forward, tool_jacobian
from vla_safety.kernels.quintic import evaluate, hull

ROUNDING_RAD = 1e-12  # of positions near 3 rad
TOLERANCE = 1e-9  # relative, of joint limits: rounding of the hull
NEAR_TORQUE = 0.85  # share of a torque limit at a knot from which on it is looked at between knots, too
# What failed first; `vla_safety.types.Limit` names them.
CLEAR, POSITION, VELOCITY, ACCELERATION, JERK, TORQUE = 0, 1, 2, 3, 4, 5
TOOL_SPEED, TOOL_ANGULAR_SPEED, WORKSPACE, ORIENTATION, SELF_COLLISION, WORLD_COLLISION = 6, 7, 8, 9, 10, 11


@njit(cache=True)
def envelope_upper(bounds: BoundArrays, joint: int, position: float) -> float:
    """Return the FR3's largest positive speed at ``position`` [rad/s]; it falls as the position rises."""
    e = bounds.envelope
    speed = -e[0, joint] + math.sqrt(max(0.0, e[1, joint] * (e[2, joint] - position)))
    return max(0.0, speed) - e[4, joint]


@njit(cache=True)
def envelope_lower(bounds: BoundArrays, joint: int, position: float) -> float:
    """Return the FR3's largest negative speed at ``position`` [rad/s]; it rises as the position falls."""
    e = bounds.envelope
    speed = e[0, joint] - math.sqrt(max(0.0, e[1, joint] * (position - e[3, joint])))
    return min(0.0, speed) + e[4, joint]


@njit(cache=True)
def joint_code(bounds: BoundArrays, joint: int, box: Floats) -> int:
    """Return which limit of one joint its hull ``(4, 2)`` breaks, or CLEAR."""
    if (
        box[0, 1] > bounds.position_upper[joint] + ROUNDING_RAD
        or box[0, 0] < bounds.position_lower[joint] - ROUNDING_RAD
    ):
        return POSITION
    top = bounds.velocity[joint] * (1.0 + TOLERANCE)
    if box[1, 1] > top or box[1, 0] < -top:
        return VELOCITY
    if not math.isnan(bounds.envelope[0, joint]):
        # A joint that rests or moves away is not held to an envelope that is already zero or less at the limit.
        if box[1, 1] > 1e-9 and box[1, 1] > envelope_upper(bounds, joint, box[0, 1]):
            return VELOCITY
        if box[1, 0] < -1e-9 and box[1, 0] < envelope_lower(bounds, joint, box[0, 0]):
            return VELOCITY
    top = bounds.acceleration[joint] * (1.0 + TOLERANCE)
    if box[2, 1] > top or box[2, 0] < -top:
        return ACCELERATION
    top = bounds.jerk[joint] * (1.0 + 1e-6)  # third differences of knots 1 ms apart round to 1e-8 of it
    if box[3, 1] > top or box[3, 0] < -top:
        return JERK
    return CLEAR


@njit(cache=True)
def joint_limits_code(bounds: BoundArrays, knots: KnotArrays, count: int, travel: Floats) -> int:
    """Return which joint limit the trajectory breaks, or CLEAR.

    Args:
        bounds: Limits.
        knots: The trajectory, ``count`` knots of it.
        count: How many knots are used, >= 2.
        travel: ``(2, K, J)``, overwritten: largest speed [rad/s] and acceleration [rad/s²] of each segment and joint.
    """
    box = np.empty((4, 2))
    start, end = np.empty(3), np.empty(3)
    for k in range(count - 1):
        h = knots.time[k + 1] - knots.time[k]
        for i in range(knots.position.shape[1]):
            start[0], start[1], start[2] = knots.position[k, i], knots.velocity[k, i], knots.acceleration[k, i]
            end[0] = knots.position[k + 1, i]
            end[1], end[2] = knots.velocity[k + 1, i], knots.acceleration[k + 1, i]
            hull(start, end, h, box)
            code = joint_code(bounds, i, box)
            if code != CLEAR:
                return code
            if not math.isfinite(box[3, 0] + box[3, 1]):
                return JERK
            travel[0, k, i] = max(-box[1, 0], box[1, 1])
            travel[1, k, i] = max(-box[2, 0], box[2, 1])
    return CLEAR


@njit(cache=True)
def torque_share(
    chain: ChainArrays, bounds: BoundArrays, frames: Floats, motion: Floats, work: tuple[Floats, Floats]
) -> float:
    """Return the largest share of its limit that a joint needs for the motion ``(2, J)``.

    ``work`` is scratch, ``(J,)`` and ``(5, J, 3)``.
    """
    inverse_dynamics(chain, frames, motion, work[0], work[1])
    largest = 0.0
    for i in range(motion.shape[1]):
        largest = max(largest, abs(work[0][i]) / bounds.torque[i])
    return largest


@njit(cache=True)
def torque_share_between(
    chain: ChainArrays, bounds: BoundArrays, knots: KnotArrays, index: int, work: tuple[Floats, Floats]
) -> float:
    """Return the largest share of a torque limit at three points inside the segment that ends at knot ``index``."""
    joints = knots.position.shape[1]
    rotation, origin = np.empty((joints + 1, 3, 3)), np.empty((joints + 1, 3))
    position, motion = np.empty(joints), np.empty((2, joints))
    start, end, out = np.empty(3), np.empty(3), np.empty(4)
    h = knots.time[index] - knots.time[index - 1]
    largest = 0.0
    for quarter in range(1, 4):
        for i in range(joints):
            start[0], start[1] = knots.position[index - 1, i], knots.velocity[index - 1, i]
            end[0], end[1] = knots.position[index, i], knots.velocity[index, i]
            start[2], end[2] = knots.acceleration[index - 1, i], knots.acceleration[index, i]
            evaluate(start, end, h, 0.25 * quarter * h, out)
            position[i], motion[0, i], motion[1, i] = out[0], out[1], out[2]
        forward(chain, position, rotation, origin)
        largest = max(largest, torque_share(chain, bounds, rotation, motion, work))
    return largest


@njit(cache=True)
def tool_values(bounds: BoundArrays, jacobian: Floats, velocity: Floats, frame: Floats, out: Floats) -> None:
    """Write linear speed [m/s], angular speed [rad/s] and angle off the cone's axis [rad] of the tool."""
    out[0] = out[1] = 0.0
    for row in range(6):
        total = 0.0
        for i in range(velocity.shape[0]):
            total += jacobian[row, i] * velocity[i]
        out[row // 3] += total * total
    out[0], out[1] = math.sqrt(out[0]), math.sqrt(out[1])
    cosine = 0.0
    for row in range(3):
        axis = frame[row, 0] * bounds.tool[4] + frame[row, 1] * bounds.tool[5] + frame[row, 2] * bounds.tool[6]
        cosine += axis * bounds.cone_axis[row]
    out[2] = math.acos(min(max(cosine, -1.0), 1.0))


@njit(cache=True)
def tool_code(bounds: BoundArrays, moved: Floats, now: Floats, last: Floats, point: Floats) -> int:
    """Return which tool limit the segment between two knots breaks, or CLEAR.

    Args:
        bounds: Limits.
        moved: Bounds over the segment: linear travel [m], angular travel [rad], change of linear speed [m/s] and of
            angular speed [rad/s], and how far the point leaves the chord [m]; ``(5,)``.
        now: Tool values at its end (see `tool_values`).
        last: Tool values at its start.
        point: Tool points at start and end in base ``(2, 3)``.
    """
    if 0.5 * (now[0] + last[0] + moved[2]) > bounds.tool[0]:
        return TOOL_SPEED
    if 0.5 * (now[1] + last[1] + moved[3]) > bounds.tool[1]:
        return TOOL_ANGULAR_SPEED
    off = min(moved[4], 0.5 * moved[0])
    for i in range(3):
        if min(point[0, i], point[1, i]) - off < bounds.workspace[0, i]:
            return WORKSPACE
        if max(point[0, i], point[1, i]) + off > bounds.workspace[1, i]:
            return WORKSPACE
    if bounds.tool[7] > 0.5 and 0.5 * (now[2] + last[2] + moved[1]) > bounds.tool[3]:
        return ORIENTATION
    return CLEAR


@njit(cache=True)
def segment_motion(bounds: BoundArrays, travel: Floats, index: int, h: float, out: Floats) -> None:
    """Write the bounds that `tool_code` needs for segment ``index`` of length ``h`` [s].

    |ẍ| ≤ Σ rᵢ|q̈ᵢ| + (Σ|q̇ᵢ|)² max r and the chord of a C² curve is left by at most |ẍ|h²/8.
    """
    linear = angular = push = turn = reach = 0.0
    for i in range(bounds.reach.shape[0]):
        linear += bounds.reach[i] * travel[0, index, i]
        angular += travel[0, index, i]
        push += bounds.reach[i] * travel[1, index, i]
        turn += travel[1, index, i]
        reach = max(reach, bounds.reach[i])
    push += angular * angular * reach
    turn += angular * angular
    out[0], out[1], out[2], out[3] = linear * h, angular * h, push * h, turn * h
    out[4] = push * h * h / 8.0


@njit(cache=True)
def pairs_code(world: WorldArrays, ends: Floats, travel: Floats, steps: Floats, lower: Floats) -> int:
    """Return the collision code of one segment, or CLEAR; evaluates only pairs that can have come near.

    Args:
        world: Capsules, boxes and pairs.
        ends: Capsules at start and end of the segment ``(2, C, 2, 3)``.
        travel: Largest speeds of the segment ``(J,)``.
        steps: Its duration [s] ``(1,)``.
        lower: Lower bounds of the distances at its start ``(P,)``, updated to its end.
    """
    points = np.empty((2, 3))
    for p in range(lower.shape[0]):
        moved = 0.0
        for i in range(travel.shape[0]):
            moved += world.pair_reach[p, i] * travel[i]
        moved *= steps[0]
        if lower[p] - moved >= world.pair_margin[p]:
            lower[p] -= moved
            continue
        before = pair_bound(world, ends[0], p)
        after = pair_bound(world, ends[1], p)
        if max(before, after) - moved >= world.pair_margin[p]:
            lower[p] = max(after, before - moved)
            continue
        before = pair_distance(world, ends[0], p, points)
        after = pair_distance(world, ends[1], p, points)
        if min(before, after) < world.pair_margin[p] or before + after - moved < 2.0 * world.pair_margin[p]:
            return SELF_COLLISION if world.pair[p, 1] >= 0 else WORLD_COLLISION
        lower[p] = after
    return CLEAR


@njit(cache=True)
def verify(chain: ChainArrays, bounds: BoundArrays, world: WorldArrays, knots: KnotArrays, count: int) -> int:
    """Return CLEAR if the trajectory of ``count`` knots keeps every limit throughout, else which it breaks first."""
    joints = knots.position.shape[1]
    travel = np.empty((2, count, joints))
    code = joint_limits_code(bounds, knots, count, travel)
    if code != CLEAR:
        return code
    rotation, origin = np.empty((joints + 1, 3, 3)), np.empty((joints + 1, 3))
    jacobian, values, moved = np.empty((6, joints)), np.empty((2, 3)), np.empty(5)
    ends, point = np.empty((2, world.capsule_joint.shape[0], 2, 3)), np.empty((2, 3))
    motion, work = np.empty((2, joints)), (np.empty(joints), np.empty((5, joints, 3)))
    lower, steps, share = np.full(world.pair.shape[0], -np.inf), np.empty(1), np.zeros(2)
    for k in range(count):
        forward(chain, knots.position[k], rotation, origin)
        motion[0], motion[1] = knots.velocity[k], knots.acceleration[k]
        share[0], share[1] = share[1], torque_share(chain, bounds, rotation, motion, work)
        if share[1] > 1.0:
            return TORQUE
        tool_jacobian(chain, rotation, origin, jacobian)
        values[0], point[0], ends[0] = values[1], point[1], ends[1]
        tool_values(bounds, jacobian, knots.velocity[k], rotation[joints], values[1])
        point[1] = origin[joints]
        place_capsules(world, rotation, origin, ends[1])
        if k == 0:
            continue
        near = max(share[0], share[1]) > NEAR_TORQUE
        if near and torque_share_between(chain, bounds, knots, k, work) > 1.0:
            return TORQUE
        steps[0] = knots.time[k] - knots.time[k - 1]
        segment_motion(bounds, travel, k - 1, steps[0], moved)
        code = tool_code(bounds, moved, values[1], values[0], point)
        if code == CLEAR:
            code = pairs_code(world, ends, travel[0, k - 1], steps, lower)
        if code != CLEAR:
            return code
    return CLEAR
