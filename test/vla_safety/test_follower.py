# SPDX-License-Identifier: Apache-2.0
"""Where on a path the arm is, with which pace it goes along, and the path on which it joins a reference."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.safety_support.loop import HOME, joint_reference
from vla_safety import SafetyConfig
from vla_safety.arm_model import ArmModel, build_arm_model
from vla_safety.follower import follow, nearest_time, pace_along
from vla_safety.kernels.arrays import PathArrays
from vla_safety.kernels.path import path_state
from vla_safety.kernels.spline import spline_path
from vla_safety.reference_sampler import ReferenceSampler

TIMES = 0.05 * np.arange(41)


@pytest.fixture(scope="module")
def model(panda: SafetyConfig, urdf: str) -> ArmModel:
    return build_arm_model(panda, urdf)


def swing() -> PathArrays:
    """Return two seconds: joint 1 there and back, joint 2 only there."""
    rows = np.tile(HOME, (41, 1))
    rows[:, 0] += 0.3 * np.sin(np.pi * TIMES / 2.0)
    rows[:, 1] += 0.1 * TIMES
    return spline_path(rows, 0.0, 0.05)


def state_at(path: PathArrays, time: float) -> np.ndarray:
    state = np.empty((4, 7))
    path_state(path, time, state)
    return state


@pytest.mark.parametrize("time", [0.3, 0.5, 1.5, 1.73])
def test_nearest_time_is_found_on_a_path_that_comes_back(time: float) -> None:
    path = swing()
    assert nearest_time(path, 0.0, 2.0, state_at(path, time)[0]) == pytest.approx(time, abs=1e-4)


@pytest.mark.parametrize(("time", "expected"), [(0.1, 0.4), (0.4, 0.4), (0.9, 0.9), (1.5, 0.9)])
def test_nearest_time_stays_within_what_is_asked(time: float, expected: float) -> None:
    path = spline_path(HOME + 0.2 * TIMES[:, None], 0.0, 0.05)
    assert nearest_time(path, 0.4, 0.9, state_at(path, time)[0]) == pytest.approx(expected, abs=1e-4)


def test_pace_along_is_that_of_an_arm_slowed_on_its_path() -> None:
    path = swing()
    state = state_at(path, 0.7)
    command = np.array([state[0], 0.5 * state[1], 0.25 * state[2] + 2.0 * state[1]])
    assert pace_along(path, 0.7, command) == pytest.approx((0.5, 2.0))


@pytest.mark.parametrize("scale", [-0.5, 0.1, 1.2])
def test_pace_of_an_arm_that_goes_another_way_is_that_of_the_reference(scale: float) -> None:
    path = swing()
    state = state_at(path, 0.7)
    assert pace_along(path, 0.7, np.array([state[0], scale * state[1], state[2]])) == (1.0, 0.0)
    aside = 0.5 * state[1] + 0.2 * np.eye(7)[4]
    assert pace_along(path, 0.7, np.array([state[0], aside, state[2]])) == (1.0, 0.0)


def test_pace_along_a_path_that_stands_still_is_that_of_the_reference() -> None:
    rest = spline_path(np.tile(HOME, (5, 1)), 0.0, 0.05)
    moving = np.stack([HOME, np.full(7, 0.1), np.full(7, 0.3)])
    assert pace_along(rest, 0.1, moving) == (1.0, 0.0)
    assert pace_along(swing(), -0.1, moving) == (1.0, 0.0)


def test_join_of_a_slowed_arm_leaves_with_its_own_velocity_and_acceleration(
    panda: SafetyConfig, model: ArmModel
) -> None:
    rows = HOME + 0.3 * np.sin(TIMES)[:, None]
    sampled = ReferenceSampler(model, panda.tool).sample(joint_reference(rows), 0, HOME)
    command = np.stack([HOME + 0.1, np.linspace(0.1, 0.4, 7), np.linspace(-0.5, 0.5, 7)])
    scalar = np.array([0.4, 0.5, 1.5])
    followed, begin = follow(sampled, model, command, scalar, carefully=False)
    assert np.array_equal(begin, scalar)
    assert 0.4 < followed.meets_at < 2.0
    path, s, change = state_at(followed.path, 0.4), 0.5, 1.5
    assert np.allclose(path[0], command[0])
    assert np.allclose(path[1] * s, command[1])
    assert np.allclose(path[2] * s**2 + path[1] * change, command[2])
    met = followed.meets_at + 0.1
    assert np.allclose(state_at(followed.path, met)[:3], state_at(sampled.path, met)[:3])
