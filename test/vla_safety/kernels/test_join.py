# SPDX-License-Identifier: Apache-2.0
"""Joins: none where the arm is on the reference, the shortest within limits elsewhere, the least bad beyond."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.safety_support.loop import HOME
from vla_safety.arm_model import ArmModel
from vla_safety.kernels.advance import (
    JOIN_SHARE,
    join,
    join_duration,
    join_ratio,
    motion_ratio,
    path_ratio,
)
from vla_safety.kernels.collision_rows import pair_rows
from vla_safety.kernels.kinematics import forward
from vla_safety.kernels.path import path_state
from vla_safety.kernels.spline import spline_path


def resting(offset: float = 0.0) -> np.ndarray:
    return np.stack([HOME + offset, np.zeros(7), np.zeros(7)])


def test_arm_on_its_reference_needs_no_join(model: ArmModel) -> None:
    path = spline_path(np.tile(HOME, (5, 1)), 0.0, 0.05)
    for time in (0.0, 0.02, 0.1, 0.3):
        assert join_duration(path, model.bounds, time, resting(), 1.0) == 0.0
    assert join_duration(path, model.bounds, -0.1, resting(), 1.0) > 0.0  # it has not begun yet


def test_joins_grow_with_the_distance_and_keep_the_limits(model: ArmModel) -> None:
    path = spline_path(np.tile(HOME, (5, 1)), 0.0, 0.05)
    durations = [join_duration(path, model.bounds, 0.0, resting(offset), 1.0) for offset in (1e-4, 1e-2, 0.1, 0.3)]
    assert durations == sorted(durations)
    assert durations[0] < 0.05 < durations[-1] < 1.6
    assert join_duration(path, model.bounds, 0.0, resting(10.0), 1.0) > 1.5


def test_join_that_ends_with_too_much_acceleration_exceeds_its_share(model: ArmModel) -> None:
    start, end = resting(), resting()
    end[2, 3] = 2.0 * JOIN_SHARE * model.bounds.acceleration[3]
    end[:2, 3] += [end[2, 3] * 0.5**2 / 12.0, end[2, 3] * 0.5 / 3.0]  # acceleration grows with the square of time
    assert join_ratio(model.bounds, start, end, 0.5) == pytest.approx(np.sqrt(2.0))


@pytest.mark.parametrize(("order", "power"), [(1, 1.0), (2, 0.5), (3, 1.0 / 3.0)])
def test_motion_that_takes_so_much_longer_keeps_its_share(model: ArmModel, order: int, power: float) -> None:
    shares = [
        1.0,
        model.bounds.velocity[2],
        JOIN_SHARE * model.bounds.acceleration[2],
        JOIN_SHARE * model.bounds.jerk[2],
    ]
    value = np.zeros(4)
    value[order] = -8.0 * shares[order]
    assert motion_ratio(model.bounds, value, 2) == pytest.approx(8.0**power)


def test_reference_that_rests_asks_for_no_pace(model: ArmModel) -> None:
    rest, ramp = np.tile(HOME, (5, 1)), HOME + 0.05 * np.arange(5)[:, None]
    assert path_ratio(spline_path(rest, 0.0, 0.05), model.bounds, 0.0, 0.2) == 0.0
    assert path_ratio(spline_path(ramp, 0.0, 0.25), model.bounds, 0.0, 0.5) < 0.5


def test_join_leaves_the_command_and_ends_on_the_reference(model: ArmModel) -> None:
    rows = HOME + 0.1 * np.linspace(0, 1, 20)[:, None] ** 2
    reference = spline_path(rows, 0.0, 0.05)
    command = np.stack([HOME + 0.05, np.full(7, 0.1), np.full(7, -0.2)])
    path = join(reference, 0.12, command, 0.3)
    state, expected = np.empty((4, 7)), np.empty((4, 7))
    path_state(path, 0.12, state)
    assert np.allclose(state[:3], command, atol=1e-9)
    for time in (0.42, 0.5, 0.7, 2.0):
        path_state(path, time, state)
        path_state(reference, time, expected)
        assert np.allclose(state[:3], expected[:3], atol=1e-9)


def test_pair_whose_axes_meet_has_no_gradient(model: ArmModel) -> None:
    rotation, origin = np.empty((8, 3, 3)), np.empty((8, 3))
    forward(model.chain, HOME, rotation, origin)
    world = model.world._replace(box_center=origin[7][None].copy(), box_half=np.full((1, 3), 0.5))
    distance, gradient = pair_rows(model.chain, world, rotation, origin)
    inside = (world.pair[:, 1] < 0) & (distance < 0.0)
    assert inside.any()
    assert not gradient[inside].any()
