# SPDX-License-Identifier: Apache-2.0
"""Closed-form jerk-limited stops of one scalar, compiled: of the shortest duration, and of a given duration.

A stop is up to three phases of constant jerk that drive speed and acceleration to zero together. Verified against
Ruckig (duration and end position) and dense sampling in the tests.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from vla_safety.kernels.arrays import Floats

NEGLIGIBLE = 1e-12  # speeds and accelerations below are zero: they come from rounding


@njit(cache=True)
def shortest_stop(speed: float, acceleration: float, limit: float, jerk: float, phase: Floats) -> float:
    """Write the stop of least duration; return its duration [s].

    With v₀ = v + a|a|/(2j), the speed once the acceleration is zero, and σ its sign, the stop brakes along −σ:
    jerk −σj until the deceleration is P = min(√(jV + A²/2), a_max), constant for t₂, then +σj (V = σv, A = σa).

    Args:
        speed: v, any unit per second.
        acceleration: a. Where it exceeds ``limit`` in the braking direction, it is taken for the limit.
        limit: a_max > 0.
        jerk: j > 0.
        phase: Rows of duration and jerk ``(3, 2)``, overwritten.
    """
    reached = speed + acceleration * abs(acceleration) / (2.0 * jerk)
    sign = 1.0 if reached >= 0.0 else -1.0
    v, a = sign * speed, sign * acceleration
    limit = max(limit, -a)
    peak = math.sqrt(max(jerk * v + 0.5 * a * a, 0.0))
    plateau = 0.0
    if peak > limit:
        peak = limit
        plateau = max((v + (a * a - 2.0 * peak * peak) / (2.0 * jerk)) / peak, 0.0)
    phase[0, 0], phase[0, 1] = max((a + peak) / jerk, 0.0), -sign * jerk
    phase[1, 0], phase[1, 1] = plateau, 0.0
    phase[2, 0], phase[2, 1] = peak / jerk, sign * jerk
    return phase[0, 0] + phase[1, 0] + phase[2, 0]


@njit(cache=True)
def timed_stop(speed: float, acceleration: float, jerk: float, duration: float, phase: Floats) -> None:
    """Write the stop that lasts ``duration``, which is at least that of `shortest_stop`, with the same jerk.

    P = ½[(jT − A) − √((jT − A)² − 4jV − 2A²)] where P ≥ −A; else the arm already brakes harder than needed, the first
    jerk changes its sign, and P = (V − A²/(2j)) / (T + A/j).
    """
    reached = speed + acceleration * abs(acceleration) / (2.0 * jerk)
    sign = 1.0 if reached >= 0.0 else -1.0
    v, a = sign * speed, sign * acceleration
    room = jerk * duration - a
    peak = 0.5 * (room - math.sqrt(max(room * room - 4.0 * jerk * v - 2.0 * a * a, 0.0)))
    if peak >= -a:
        phase[0, 0], phase[0, 1] = (a + peak) / jerk, -sign * jerk
    else:
        peak = max((v - a * a / (2.0 * jerk)) / (duration + a / jerk), 0.0)
        phase[0, 0], phase[0, 1] = max((-a - peak) / jerk, 0.0), sign * jerk
    phase[2, 0], phase[2, 1] = peak / jerk, sign * jerk
    phase[1, 0], phase[1, 1] = max(duration - phase[0, 0] - phase[2, 0], 0.0), 0.0


@njit(cache=True)
def along(phase: Floats, elapsed: float, state: Floats) -> None:
    """Advance ``state`` (value, speed, acceleration), in place, by ``elapsed`` through phases ``(N, 2)``."""
    left = elapsed
    for k in range(phase.shape[0]):
        step = min(left, phase[k, 0])
        if step > 0.0:
            j = phase[k, 1]
            state[0] += step * (state[1] + step * (0.5 * state[2] + step * j / 6.0))
            state[1] += step * (state[2] + 0.5 * step * j)
            state[2] += step * j
            left -= step


@njit(cache=True)
def joint_stop(state: Floats, acceleration: Floats, jerk: Floats, together: bool) -> Floats:  # noqa: FBT001 - compiled functions take no keywords here
    """Return the phases ``(J, 3, 2)`` of a stop of all joints.

    Args:
        state: Rows position, velocity, acceleration ``(3, J)``.
        acceleration: Limits ``(J,)`` [rad/s²].
        jerk: Limits ``(J,)`` [rad/s³].
        together: All joints come to rest at the same time, which keeps close to a straight line; else each as soon as
            it can.
    """
    joints = state.shape[1]
    phase = np.zeros((joints, 3, 2))
    longest = 0.0
    for i in range(joints):
        longest = max(longest, shortest_stop(state[1, i], state[2, i], acceleration[i], jerk[i], phase[i]))
    if together:
        for i in range(joints):
            if abs(state[1, i]) > NEGLIGIBLE or abs(state[2, i]) > NEGLIGIBLE:
                timed_stop(state[1, i], state[2, i], jerk[i], longest, phase[i])
    return phase


@njit(cache=True)
def straight_stop(state: Floats, acceleration: Floats, jerk: Floats) -> Floats:
    """Return the phases ``(J, 3, 2)`` of a stop on the line along the velocity; empty if a is not along it.

    With a = κv the scalar stop of (1, κ) under c = min aᵢ/|vᵢ| and d = min jᵢ/|vᵢ| moves every joint by vᵢ·s, and holds
    the limits of every joint exactly.
    """
    joints = state.shape[1]
    phase = np.zeros((joints, 3, 2))
    speed = along_speed = 0.0
    for i in range(joints):
        speed += state[1, i] ** 2
        along_speed += state[1, i] * state[2, i]
    if speed < NEGLIGIBLE:
        return phase
    ratio = along_speed / speed
    limit = change = 1e9
    for i in range(joints):
        if abs(state[2, i] - ratio * state[1, i]) > 1e-9:
            return phase
        if abs(state[1, i]) > NEGLIGIBLE:
            limit = min(limit, acceleration[i] / abs(state[1, i]))
            change = min(change, jerk[i] / abs(state[1, i]))
    scalar = np.zeros((3, 2))
    shortest_stop(1.0, ratio, limit, change, scalar)
    for i in range(joints):
        for k in range(3):
            phase[i, k, 0] = scalar[k, 0]
            phase[i, k, 1] = scalar[k, 1] * state[1, i]
    return phase
