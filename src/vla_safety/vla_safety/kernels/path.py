# SPDX-License-Identifier: Apache-2.0
"""A joint path and its scalar: evaluation, limits of the scalar, and the stop that stays on the path. Compiled.

The arm moves as q(t) = r(τ(t)). ``r`` is a C² quintic path over the reference's own time τ and s = dτ/dt ≤ 1 slows the
arm along it without bending it. See "path-consistent" braking in arXiv 2511.06385.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from vla_safety.kernels.arrays import BoundArrays, Floats, KnotArrays, PathArrays
from vla_safety.kernels.quintic import cell
from vla_safety.kernels.stop import along, shortest_stop

SAMPLES = 10  # of the derivatives over a window: a proposal only, what is sent is verified apart
FASTEST = 40.0  # [1/s²]: of s where joints would allow more, e.g. on a path that stands still
LEAST_SHARE = 0.15  # of the limits that is proposed where the path leaves less
RAMP_S = 0.008  # in which ds/dt is built up at least: shorter ramps gain nothing and cost knots
TAIL_KNOTS = 20  # and up to one more for each of the three phases
LONGEST_STRIDE_S = 0.012
SHORTEST_SEGMENT_S = 2e-5  # rounding of positions shows in the jerk of shorter ones
SHORTEST_REST_S = 1e-3
WINDOW_S = 0.4  # first guess of how far a stop looks ahead; longest stop from full speed is 0.53 s (FR3 joint 5)


@njit(cache=True)
def path_state(path: PathArrays, time: float, out: Floats) -> None:
    """Write r, r', r'', r''' ``(4, J)`` at path time ``time``; rest before the first and after the last knot."""
    times = path.time
    last = times.shape[0] - 1
    joints = path.position.shape[1]
    if time >= times[last] or time < times[0]:
        k = last if time >= times[last] else 0
        for i in range(joints):
            out[0, i] = path.position[k, i]
            out[1, i] = out[2, i] = out[3, i] = 0.0
        return
    k = cell(times, time)
    h, t = times[k + 1] - times[k], time - times[k]
    for i in range(joints):
        v0, a0, v1, a1 = (
            path.velocity[k, i],
            path.acceleration[k, i],
            path.velocity[k + 1, i],
            path.acceleration[k + 1, i],
        )
        gap = path.position[k + 1, i] - path.position[k, i] - v0 * h - 0.5 * a0 * h * h
        slope = (v1 - v0 - a0 * h) * h
        bend = (a1 - a0) * h * h
        c3 = (10.0 * gap - 4.0 * slope + 0.5 * bend) / h**3
        c4 = (-15.0 * gap + 7.0 * slope - bend) / h**4
        c5 = (6.0 * gap - 3.0 * slope + 0.5 * bend) / h**5
        out[0, i] = path.position[k, i] + t * (v0 + t * (0.5 * a0 + t * (c3 + t * (c4 + t * c5))))
        out[1, i] = v0 + t * (a0 + t * (3.0 * c3 + t * (4.0 * c4 + t * 5.0 * c5)))
        out[2, i] = a0 + t * (6.0 * c3 + t * (12.0 * c4 + t * 20.0 * c5))
        out[3, i] = 6.0 * c3 + t * (24.0 * c4 + t * 60.0 * c5)


@njit(cache=True)
def scalar_limits(path: PathArrays, bounds: BoundArrays, scalar: Floats, ahead: Floats, out: Floats) -> None:
    """Write what s may do over a window of path time: largest |ds/dt| c of the given sign, and jerk d.

    q̈ = r''s² + r's̈ and q⃛ = r'''s³ + 3r''ss̈ + r's⃛ give c = min (aᵢ − e)/|r'| with e = |r''|s² where both terms add up
    and 0 where they oppose, and d = min (jᵢ − |r'''|s³ − 3|r''|sc)/|r'|, with s² = s₀² − 2fx at distance x. Where the
    path itself leaves no room a share of the limits is proposed all the same: s falls, and proposals are verified.

    Args:
        path: Where the arm moves.
        bounds: Limits of the joints.
        scalar: τ, s, ds/dt ``(3,)``.
        ahead: How far to look ahead [s] of path time; −1 to brake or +1 to speed up; the deceleration f with which s is
            expected to fall ``(3,)``.
        out: c and d ``(2,)``, overwritten.
    """
    joints = path.position.shape[1]
    sample, pace = np.empty((SAMPLES, 4, joints)), np.empty(SAMPLES)
    start = min(max(scalar[1], 0.05), 1.0)
    c, least_c = FASTEST, FASTEST
    for k in range(SAMPLES):
        distance = ahead[0] * k / (SAMPLES - 1)
        path_state(path, scalar[0] + distance, sample[k])
        pace[k] = math.sqrt(max(start * start - 2.0 * ahead[2] * distance, 0.0))
        for i in range(joints):
            slope = abs(sample[k, 1, i])
            if slope > 1e-9:
                spent = max(ahead[1] * sample[k, 1, i] * sample[k, 2, i] / slope, 0.0) * pace[k] ** 2
                c = min(c, (bounds.acceleration[i] - spent) / slope)
                least_c = min(least_c, LEAST_SHARE * bounds.acceleration[i] / slope)
    c = max(c, least_c)
    d, least_d = c / RAMP_S, c / RAMP_S
    for k in range(SAMPLES):
        for i in range(joints):
            slope = abs(sample[k, 1, i])
            if slope > 1e-9:
                spent = abs(sample[k, 3, i]) * pace[k] ** 3 + 3.0 * abs(sample[k, 2, i]) * pace[k] * c
                d = min(d, (bounds.jerk[i] - spent) / slope)
                least_d = min(least_d, LEAST_SHARE * bounds.jerk[i] / slope)
    out[0], out[1] = c, max(d, least_d)


@njit(cache=True)
def path_stop(path: PathArrays, bounds: BoundArrays, scalar: Floats, phase: Floats, ease: float) -> float:
    """Write the phases ``(3, 2)`` of the stop of s that keeps joint limits; return its duration [s].

    Args:
        path: Where the arm moves.
        bounds: Limits of the joints.
        scalar: τ, s and ds/dt ``(3,)``.
        phase: Overwritten.
        ease: Share of the limits to use, in (0, 1].
    """
    limits, end, ahead = np.empty(2), np.empty(3), np.empty(3)
    ahead[0], ahead[1], ahead[2] = WINDOW_S * scalar[1], -1.0, 0.0
    duration = 0.0
    for _ in range(3):
        scalar_limits(path, bounds, scalar, ahead, limits)
        duration = shortest_stop(scalar[1], scalar[2], ease * limits[0], ease * limits[1], phase)
        end[:] = scalar
        along(phase, duration, end)
        ahead[0], ahead[2] = min(end[0] - scalar[0], WINDOW_S), 0.5 * ease * limits[0]
    return duration


@njit(cache=True)
def write_path_knot(path: PathArrays, scalar: Floats, time: float, knots: KnotArrays, index: int) -> None:
    """Write knot ``index``: the joint state on the path where the scalar is, at ``time`` since the step began."""
    r = np.empty((4, path.position.shape[1]))
    path_state(path, scalar[0], r)
    s, change = scalar[1], scalar[2]
    knots.time[index] = time
    for i in range(r.shape[1]):
        knots.position[index, i] = r[0, i]
        knots.velocity[index, i] = r[1, i] * s
        knots.acceleration[index, i] = r[2, i] * s * s + r[1, i] * change


@njit(cache=True)
def write_path_tail(path: PathArrays, scalar: Floats, duration: float, dt: float, knots: KnotArrays) -> int:
    """Write the knots of the stop in ``knots.phase[1:]`` after knot 1; return how many there are.

    There is a knot wherever the jerk of s changes: between, the motion is smooth and quintics follow it closely. Times
    are whole nanoseconds, for that is what a message carries.
    """
    stride = max(LONGEST_STRIDE_S, duration / TAIL_KNOTS)
    state = np.empty(3)
    count = 2
    begin, last = 0.0, 0.0
    for phase in range(1, 4):
        length = knots.phase[phase, 0]
        parts = max(1.0, math.ceil(length / stride))
        k = 1
        while k <= parts:
            time = math.floor((begin + length * k / parts) * 1e9) * 1e-9
            if time - last >= SHORTEST_SEGMENT_S and duration - time >= SHORTEST_SEGMENT_S:
                state[:] = scalar
                along(knots.phase[1:], time, state)
                write_path_knot(path, state, dt + time, knots, count)
                count += 1
                last = time
            k += 1
        begin += length
    state[:] = scalar
    along(knots.phase[1:], duration, state)
    state[1] = state[2] = 0.0
    end = math.ceil(max(duration, SHORTEST_REST_S) * 1e9) * 1e-9
    write_path_knot(path, state, dt + end, knots, count)
    return count + 1
