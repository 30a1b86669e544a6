# SPDX-License-Identifier: Apache-2.0
"""One step along a path with a verified stop behind it, and joins from where the arm is to a reference. Compiled."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from vla_safety.kernels.arrays import ArmArrays, BoundArrays, Floats, KnotArrays, PathArrays, PathStart
from vla_safety.kernels.path import (
    SHORTEST_SEGMENT_S,
    path_state,
    path_stop,
    scalar_limits,
    write_path_knot,
    write_path_tail,
)
from vla_safety.kernels.quintic import evaluate
from vla_safety.kernels.stop import along, joint_stop, straight_stop
from vla_safety.kernels.verify import CLEAR, verify

LEVELS = 5  # proposals of one step, from full speed to full braking
EASE = 0.9  # share of the scalar's limits that proposals use: what verifies now still verifies after one more step
OFF_PATH_EASE = 0.98  # the same of accelerations for stops that leave it
OFF_PATH_JERK = 0.7  # and of jerk: where knots of two joints nearly coincide one is left out, which the other pays for
STOP_DURATION = 14
LONGEST_STOP_S = 1.0  # a stop that takes longer is none: it would follow the reference for most of its way
SAME = (1e-10, 1e-9, 1e-7)  # of position, velocity, acceleration: no join is needed
SHORTEST_JOIN_S = 0.02
JOIN_SHARE = 0.6  # of acceleration and jerk: the rest is for slowing down on the join
JOIN_EXCESS = 1.2  # over the reference's own pace
JOIN_GROWTH = 1.4
JOIN_SAMPLES = 9  # its share leaves room for what is between them; the hull of one long segment is too wide
DETOUR_RAD = 2e-3  # that a join may lead beyond where the arm could stop and where it meets the reference
ASIDE = 1e3  # is added to the ratio of one that does: taken only where every one does
JOINS = 14  # up to 0.02 s · 1.4¹³ = 1.6 s
STRAIGHT, SYNCHRONISED, INDEPENDENT = 0, 1, 2


@njit(cache=True)
def speed_up_jerk(scalar: Floats, limits: Floats, dt: float) -> float:
    """Return the jerk of s over one step that brings it to 1 quickly and without overshoot.

    Where two steps can land exactly on (1, 0) they do; before, ds/dt follows √(2 d (1 − s)), from which jerk d lands.
    """
    gap, rate = 1.0 - scalar[1], scalar[2]
    c, d = max(limits[0], 0.0), max(limits[1], 1e-6)
    land = (gap - 1.5 * rate * dt) / (dt * dt)
    if abs(land) <= d and abs(rate / dt + land) <= d and abs(rate + land * dt) <= c:
        return land
    wanted = min(c, 0.8 * math.sqrt(2.0 * d * max(gap, 0.0)))
    return min(max((wanted - rate) / dt, -d), d)


@njit(cache=True)
def scalar_after(scalar: Floats, jerk: float, dt: float, out: Floats) -> None:
    """Write the scalar after one step of constant jerk; s within 1e-12 of its bounds is put on them."""
    out[0] = scalar[0] + dt * (scalar[1] + dt * (0.5 * scalar[2] + dt * jerk / 6.0))
    out[1] = scalar[1] + dt * (scalar[2] + 0.5 * dt * jerk)
    out[2] = scalar[2] + dt * jerk
    if abs(out[1] - 1.0) < 1e-12 and abs(out[2]) < 1e-9:
        out[1], out[2] = 1.0, 0.0


@njit(cache=True)
def advance_on_path(
    arm: ArmArrays, path: PathArrays, start: PathStart, dt: float, knots: KnotArrays
) -> tuple[int, int, int]:
    """Write the fastest verified step along the path and its stop on the path.

    Args:
        arm: The arm, its limits and its surroundings.
        path: Where the arm is to move.
        start: Where it is now; its scalar is moved to the end of the step if one is accepted.
        dt: Duration of the step [s].
        knots: Overwritten with step and stop.

    Returns:
        Knots written, or 0 if no proposal was verified; which of the proposals it was; what stopped the first one.
    """
    bounds, scalar, command = arm.bounds, start.scalar, start.command
    limits, brake, end = np.empty(2), np.zeros((3, 2)), np.empty(3)
    ahead = np.array([0.1 * max(scalar[1], 0.2), 1.0, 0.0])
    scalar_limits(path, bounds, scalar, ahead, limits)
    fast = speed_up_jerk(scalar, EASE * limits, dt)
    end[:] = scalar
    path_stop(path, bounds, scalar, brake, EASE)
    along(brake, dt, end)
    slow = min((end[2] - scalar[2]) / dt, fast)
    knots.time[0] = 0.0
    knots.position[0], knots.velocity[0], knots.acceleration[0] = command[0], command[1], command[2]
    first = CLEAR
    for level in range(LEVELS):
        weight = level / (LEVELS - 1.0)
        jerk = (1.0 - weight) * fast + weight * slow
        scalar_after(scalar, jerk, dt, end)
        knots.phase[0, 0], knots.phase[0, 1] = dt, jerk
        write_path_knot(path, end, dt, knots, 1)
        duration = path_stop(path, bounds, end, knots.phase[1:], EASE)
        code = STOP_DURATION
        if duration <= LONGEST_STOP_S:
            count = write_path_tail(path, end, duration, dt, knots)
            code = verify(arm.chain, bounds, arm.world, knots, count)
        if code == CLEAR:
            scalar[:] = end
            return count, level, first
        if first == CLEAR:
            first = code
        if slow >= fast:
            break
    return 0, LEVELS, first


@njit(cache=True)
def write_joint_tail(state: Floats, phase: Floats, start: float, knots: KnotArrays, first: int) -> int:
    """Write the exact knots of per-joint phases ``(J, 3, 2)`` from ``state`` ``(3, J)``; return the number of knots.

    There is a knot wherever the jerk of a joint changes, so that quintics reproduce the motion exactly. Times are whole
    nanoseconds, for that is what a message carries.
    """
    joints = state.shape[1]
    times = np.empty(3 * joints)
    for i in range(joints):
        total = 0.0
        for k in range(3):
            total += phase[i, k, 0]
            times[3 * i + k] = total
    times = np.sort(times)
    one = np.empty(3)
    count, last = first, 0.0
    for k in range(times.shape[0]):
        final = k == times.shape[0] - 1
        time = math.ceil(times[k] * 1e9) * 1e-9
        if time - last < SHORTEST_SEGMENT_S or (not final and times[-1] - time < SHORTEST_SEGMENT_S):
            continue
        last = time
        knots.time[count] = start + last
        for i in range(joints):
            one[0], one[1], one[2] = state[0, i], state[1, i], state[2, i]
            along(phase[i], last, one)
            knots.position[count, i], knots.velocity[count, i], knots.acceleration[count, i] = one[0], one[1], one[2]
        count += 1
    if count > first:
        knots.velocity[count - 1] = 0.0
        knots.acceleration[count - 1] = 0.0
    return count


@njit(cache=True)
def stop_now(arm: ArmArrays, command: Floats, knots: KnotArrays) -> tuple[int, int]:
    """Write the first verified stop from the commanded state that leaves the path: straight, synchronised, independent.

    Returns:
        Knots written (0: none is verified, so the held stop stays) and which kind.
    """
    knots.phase[:] = 0.0
    knots.time[0] = 0.0
    knots.position[0], knots.velocity[0], knots.acceleration[0] = command[0], command[1], command[2]
    acceleration, jerk = OFF_PATH_EASE * arm.bounds.acceleration, OFF_PATH_JERK * arm.bounds.jerk
    for kind in range(3):
        if kind == STRAIGHT:
            phase = straight_stop(command, acceleration, jerk)
        else:
            phase = joint_stop(command, acceleration, jerk, kind == SYNCHRONISED)
        count = write_joint_tail(command, phase, 0.0, knots, 1)
        if count > 1 and verify(arm.chain, arm.bounds, arm.world, knots, count) == CLEAR:
            return count, kind
    return 0, INDEPENDENT


@njit(cache=True)
def motion_ratio(bounds: BoundArrays, value: Floats, joint: int) -> float:
    """Return by how much position, velocity, acceleration, jerk ``(4,)`` exceed a joint's share: <= 1 keeps it.

    Roots make the ratio that of the pace: a motion that is done in ``ratio`` times the time keeps the limits.
    """
    fast = abs(value[1]) / bounds.velocity[joint]
    hard = math.sqrt(abs(value[2]) / (JOIN_SHARE * bounds.acceleration[joint]))
    rough = (abs(value[3]) / (JOIN_SHARE * bounds.jerk[joint])) ** (1.0 / 3.0)
    return max(fast, max(hard, rough))


@njit(cache=True)
def join_ratio(bounds: BoundArrays, start: Floats, end: Floats, duration: float) -> float:
    """Return the largest `motion_ratio` of the quintic from ``start`` to ``end`` ``(3, J)``."""
    one, other, value = np.empty(3), np.empty(3), np.empty(4)
    worst = 0.0
    for i in range(start.shape[1]):
        for order in range(3):
            one[order], other[order] = start[order, i], end[order, i]
        for k in range(JOIN_SAMPLES):
            evaluate(one, other, duration, duration * k / (JOIN_SAMPLES - 1.0), value)
            worst = max(worst, motion_ratio(bounds, value, i))
    return worst


@njit(cache=True)
def detour(bounds: BoundArrays, start: Floats, end: Floats, duration: float) -> float:
    """Return how far a join leads beyond start, end, and where the arm could stop [rad], in the worst joint.

    A quintic goes on with the speed that it starts with for as long as it has time, and comes back: one that takes
    longer than the arm needs is not gentler.
    """
    one, other, value = np.empty(3), np.empty(3), np.empty(4)
    worst = 0.0
    for i in range(start.shape[1]):
        for order in range(3):
            one[order], other[order] = start[order, i], end[order, i]
        stop = one[0] + one[1] * abs(one[1]) / (2.0 * JOIN_SHARE * bounds.acceleration[i])
        back = other[0] - other[1] * abs(other[1]) / (2.0 * JOIN_SHARE * bounds.acceleration[i])
        low, high = min(min(one[0], other[0]), min(stop, back)), max(max(one[0], other[0]), max(stop, back))
        for k in range(JOIN_SAMPLES):
            evaluate(one, other, duration, duration * k / (JOIN_SAMPLES - 1.0), value)
            worst = max(worst, max(value[0] - high, low - value[0]))
    return worst


@njit(cache=True)
def path_ratio(path: PathArrays, bounds: BoundArrays, begin: float, end: float) -> float:
    """Return the largest `motion_ratio` of a path between two of its times."""
    state = np.empty((4, path.position.shape[1]))
    worst = 0.0
    for k in range(JOIN_SAMPLES):
        path_state(path, begin + (end - begin) * k / (JOIN_SAMPLES - 1.0), state)
        for i in range(state.shape[1]):
            worst = max(worst, motion_ratio(bounds, state[:, i], i))
    return worst


@njit(cache=True)
def join_duration(reference: PathArrays, bounds: BoundArrays, now: float, command: Floats, scale: float) -> float:
    """Return after how long to meet the reference [s]: 0 if the arm is on it, else the shortest within joint limits.

    Args:
        reference: The path to meet, in its own time.
        bounds: Limits.
        now: Reference time that corresponds to the command.
        command: Commanded position, velocity, acceleration ``(3, J)``.
        scale: Multiplies the durations tried; > 1 asks for gentler joins.
    """
    state = np.empty((4, command.shape[1]))
    path_state(reference, now, state)
    same = now >= reference.time[0]  # before, the path does not exist yet and `path_state` says rest
    for order in range(3):
        same = same and np.max(np.abs(state[order] - command[order])) < SAME[order]
    if same:
        return 0.0
    best, least = SHORTEST_JOIN_S, np.inf
    duration = SHORTEST_JOIN_S * scale
    for _ in range(JOINS):
        meet = max(now + duration, reference.time[0])
        path_state(reference, meet, state)
        ratio = join_ratio(bounds, command, state[:3], meet - now)
        # Too fast, it is slowed on the way; where it leads does not become better by that.
        aside = detour(bounds, command, state[:3], meet - now) >= DETOUR_RAD
        # A join need not be slower than the reference: that is slowed anyway, and a long join would cut it short.
        enough = max(1.0, JOIN_EXCESS * path_ratio(reference, bounds, max(now, reference.time[0]), meet))
        if ratio <= enough and not aside:
            return meet - now
        if ratio + ASIDE * aside < least:
            best, least = meet - now, ratio + ASIDE * aside
        duration *= JOIN_GROWTH
    return best


@njit(cache=True)
def join(reference: PathArrays, now: float, command: Floats, duration: float) -> PathArrays:
    """Return the path that leaves ``command`` at ``now`` and is the reference from ``now + duration`` on."""
    joints = command.shape[1]
    meet = now + duration
    times = reference.time
    first = 0
    while first < times.shape[0] and times[first] <= meet + 1e-4:
        first += 1
    rest = times.shape[0] - first
    knots = 2 + rest
    out = PathArrays(np.empty(knots), np.empty((knots, joints)), np.empty((knots, joints)), np.empty((knots, joints)))
    out.time[0], out.position[0], out.velocity[0], out.acceleration[0] = now, command[0], command[1], command[2]
    state = np.empty((4, joints))
    path_state(reference, meet, state)
    out.time[1] = max(meet, now + 1e-3)
    out.position[1], out.velocity[1], out.acceleration[1] = state[0], state[1], state[2]
    out.time[2:] = times[first:]
    out.position[2:], out.velocity[2:] = reference.position[first:], reference.velocity[first:]
    out.acceleration[2:] = reference.acceleration[first:]
    return out
