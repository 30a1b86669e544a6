# SPDX-License-Identifier: Apache-2.0
"""Following one reference: where on its path the arm is, and how a new one takes over. No acceptance, no e-stop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vla_safety.arm_model import ArmModel
from vla_safety.held_stop import HeldStop
from vla_safety.kernels.advance import advance_on_path, join, join_duration
from vla_safety.kernels.arrays import Floats, KnotArrays, PathArrays, PathStart
from vla_safety.kernels.path import path_state
from vla_safety.reference_sampler import SampledReference

LEAST_SCALE = 0.2  # of s that a join keeps; below, the arm is nearly at rest and starts at s = 1 from there
SAME_WAY = 0.1  # share of the speed that may point elsewhere where the arm is said to go along a path
CAREFUL = 3.0  # times as long is a join that is tried after the shortest one was not verified
AT_REST = 1e-9  # [rad], [rad/s], [rad/s²]
NEAREST_SAMPLES = 16
NEAREST_REFINEMENTS = 30


@dataclass(frozen=True, slots=True)
class Followed:
    """A reference, the path that joins it from where the arm was, and where it is met."""

    sampled: SampledReference
    path: PathArrays
    meets_at: float  # path time [s] from which on the path is the reference


@dataclass(frozen=True, slots=True)
class Advance:
    """What one step along a path gave."""

    held: HeldStop
    scalar: Floats  # (3,), at the end of the step
    level: int  # 0: as fast as the reference asks
    blocked_by: int  # code of what stopped faster proposals


def distance_to(path: PathArrays, time: float, position: Floats) -> float:
    """Return the largest joint distance [rad] between the path at ``time`` and ``position``."""
    state = np.empty((4, len(position)))
    path_state(path, max(time, float(path.time[0])), state)
    return float(np.max(np.abs(state[0] - position)))


def nearest_time(path: PathArrays, earliest: float, latest: float, position: Floats) -> float:
    """Return the time in ``[earliest, latest]`` at which the path is nearest to ``position``."""
    times = np.linspace(earliest, latest, NEAREST_SAMPLES)
    best = int(np.argmin([distance_to(path, time, position) for time in times]))
    low, high = times[max(best - 1, 0)], times[min(best + 1, NEAREST_SAMPLES - 1)]
    for _ in range(NEAREST_REFINEMENTS):
        left, right = low + (high - low) / 3.0, high - (high - low) / 3.0
        if distance_to(path, left, position) <= distance_to(path, right, position):
            high = right
        else:
            low = left
    return float(0.5 * (low + high))


def pace_along(path: PathArrays, time: float, command: Floats) -> tuple[float, float]:
    """Return s and ds/dt with which a motion goes along a path at ``time``; 1 and 0 where it goes another way.

    They are the projections of v = r's and of a = r''s² + r'ds/dt on r'. An arm that is slowed and meets its own path
    in a new reference stays slowed; one that meets another path begins it with the velocity that it has. (Any s would
    do: but with s < 1 and a path that goes elsewhere, v/s makes a detour of the join.)

    Args:
        path: To be joined.
        time: Path time that corresponds to the command [s].
        command: Position, velocity, acceleration ``(3, J)``.
    """
    if time < path.time[0]:
        return 1.0, 0.0
    state = np.empty((4, command.shape[1]))
    path_state(path, time, state)
    size = float(state[1] @ state[1])
    if size < AT_REST:
        return 1.0, 0.0
    scale = float(command[1] @ state[1]) / size
    aside = np.abs(command[1] - scale * state[1]).max()
    if not LEAST_SCALE <= scale <= 1.0 or aside > SAME_WAY * np.abs(command[1]).max():
        return 1.0, 0.0
    return scale, float((command[2] - scale * scale * state[2]) @ state[1]) / size


def follow(
    sampled: SampledReference, model: ArmModel, command: Floats, scalar: Floats, *, carefully: bool
) -> tuple[Followed, Floats]:
    """Return how to follow ``sampled`` from ``command`` and the path parameter to begin with.

    The path's derivatives by its own time at the start are v/s and (a − (v/s) ds/dt)/s².

    Args:
        sampled: The reference.
        model: The arm.
        command: Position, velocity, acceleration ``(3, J)``.
        scalar: Path time that corresponds to the command, s, ds/dt ``(3,)``.
        carefully: An arm at rest begins at s = 0, which any path allows but which is late; one that moves joins over a
            longer time.
    """
    time, scale, change = scalar
    start = command.copy()
    start[1] = command[1] / scale
    start[2] = (command[2] - start[1] * change) / (scale * scale)
    resting = bool(np.abs(command[1:]).max() < AT_REST)
    begin = np.array([time, scale, change])
    if resting and carefully:
        begin[1:] = 0.0
        if time >= sampled.path.time[0] and distance_to(sampled.path, time, command[0]) < AT_REST:
            return Followed(sampled, sampled.path, time), begin
    duration = join_duration(sampled.path, model.bounds, time, start, CAREFUL if carefully and not resting else 1.0)
    if duration == 0.0:
        return Followed(sampled, sampled.path, time), begin
    return Followed(sampled, join(sampled.path, time, start, duration), time + duration), begin


def is_on(path: PathArrays, scalar: Floats, position: Floats, dt: float) -> bool:
    """Return whether the command is near enough to the path to return to it within one step of ``dt`` [s].

    A distance δ that is made up in one step costs a jerk of 60 δ/dt³; dt³ · 1 rad/s³ keeps that near 1 % of the limits.
    """
    return distance_to(path, float(scalar[0]), position) <= dt**3


def advance(
    model: ArmModel, path: PathArrays, begin: tuple[int, Floats, Floats], dt: float, knots: KnotArrays
) -> Advance | int:
    """Return the fastest verified step along ``path``, or the code of what forbids every one.

    Args:
        model: The arm, its limits, its surroundings.
        path: To move along.
        begin: Time [ns], path parameter ``(3,)`` and command ``(3, J)`` at the start of the step.
        dt: Its duration [s].
        knots: Room for the kernel.
    """
    now_ns, scalar, command = begin
    end = scalar.copy()
    count, level, code = advance_on_path(model.arrays, path, PathStart(end, command), dt, knots)
    if count == 0:
        return int(code)
    held = HeldStop.from_knots(now_ns, knots, count, scalar, on_path=True)
    return Advance(held, end, int(level), int(code) if level else 0)


__all__ = ["Advance", "Followed", "advance", "distance_to", "follow", "is_on", "nearest_time", "pace_along"]
