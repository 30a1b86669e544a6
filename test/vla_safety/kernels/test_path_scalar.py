# SPDX-License-Identifier: Apache-2.0
"""The path parameter: what the joints leave it, how it returns to full speed, how it stops."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.safety_support.loop import HOME
from vla_safety.arm_model import ArmModel
from vla_safety.kernels.advance import EASE, advance_on_path, scalar_after, speed_up_jerk
from vla_safety.kernels.arrays import PathArrays, PathStart, knot_room
from vla_safety.kernels.path import SAMPLES, path_state, path_stop, scalar_limits

DIRECTION = np.array([1.0, 0.5, -0.6, 0.5, 1.0, -0.5, 1.0])
DT = 0.004


def swing(start: float = 0.0, size: float = 0.3, rate: float = 3.0) -> PathArrays:
    """Return two seconds of a sine in every joint, from HOME, with knots 50 ms apart."""
    time = start + np.linspace(0.0, 2.0, 41)
    phase = rate * (time - start)[:, None]
    move = size * DIRECTION
    return PathArrays(
        time,
        HOME + move * np.sin(phase),
        rate * move * np.cos(phase),
        -(rate**2) * move * np.sin(phase),
    )


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize(("pace", "falling"), [(1.0, 0.0), (1.0, 1.2), (0.5, 0.0), (0.5, 0.3)])
def test_scalar_gets_all_that_the_joints_leave_it_and_no_more(
    model: ArmModel, sign: float, pace: float, falling: float
) -> None:
    path, limits, state = swing(), np.empty(2), np.empty((4, 7))
    bounds = model.bounds._replace(jerk=0.05 * model.bounds.jerk)
    scalar, ahead = np.array([0.25, pace, 0.0]), np.array([0.3, sign, falling])
    scalar_limits(path, bounds, scalar, ahead, limits)
    c, d = limits
    hard, rough = [], []
    for distance in np.linspace(0.0, 0.3, SAMPLES):
        path_state(path, 0.25 + distance, state)
        s = np.sqrt(max(pace**2 - 2.0 * falling * distance, 0.0))
        adds_up = sign * state[1] * state[2] > 0.0
        hard.append((np.abs(state[2]) * s**2 * adds_up + np.abs(state[1]) * c) / bounds.acceleration)
        jerk = np.abs(state[3]) * s**3 + 3.0 * np.abs(state[2]) * s * c + np.abs(state[1]) * d
        rough.append(jerk / bounds.jerk)
    assert np.max(hard) == pytest.approx(1.0)
    assert np.max(rough) == pytest.approx(1.0)


def test_stop_does_not_depend_on_when_the_path_is(model: ArmModel) -> None:
    durations = []
    for begin in (0.0, 10.0):
        path, phase = swing(begin - 0.45, size=0.5, rate=4.0), np.zeros((3, 2))
        durations.append(path_stop(path, model.bounds, np.array([begin, 1.0, 0.0]), phase, EASE))
    assert durations[0] == pytest.approx(durations[1], rel=1e-9)


@pytest.mark.parametrize("begin", [0.0, 0.5, 0.97])
def test_slowed_arm_returns_to_full_speed_without_overshoot(begin: float) -> None:
    scalar, out, limits = np.array([0.0, begin, 0.0]), np.empty(3), np.array([3.0, 1000.0])
    for _ in range(250):
        jerk = speed_up_jerk(scalar, limits, DT)
        scalar_after(scalar, jerk, DT, out)
        assert abs(jerk) <= 1000.0 * (1.0 + 1e-9)
        assert 0.0 <= out[2] <= 3.0
        assert scalar[1] <= out[1] <= 1.0
        scalar[:] = out
    assert np.array_equal(scalar[1:], [1.0, 0.0])
    assert speed_up_jerk(scalar, limits, DT) == 0.0


def test_step_looks_ahead_before_it_speeds_up(model: ArmModel) -> None:
    """50 ms of even motion, and then the path itself needs nearly all of the acceleration."""
    time, speed = np.array([0.0, 0.05, 0.15, 1.0]), np.array([0.5, 0.5, 0.9, 0.9])
    place = np.array([0.0, 0.025, 0.095, 0.86])
    rest = np.zeros((4, 7))
    path = PathArrays(time, HOME + place[:, None] * np.eye(7)[0], rest + speed[:, None] * np.eye(7)[0], rest)
    scalar, limits, state = np.array([0.0, 0.8, 0.0]), np.empty(2), np.empty((4, 7))
    scalar_limits(path, model.bounds, scalar, np.array([0.08, 1.0, 0.0]), limits)
    path_state(path, 0.0, state)
    command = np.array([state[0], 0.8 * state[1], np.zeros(7)])
    room = knot_room(64, 7)
    count, level, _ = advance_on_path(model.arrays, path, PathStart(scalar, command), DT, room)
    assert (count > 2, level) == (True, 0)
    assert 0.0 < room.phase[0, 1] <= EASE * limits[1]
