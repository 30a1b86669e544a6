# SPDX-License-Identifier: Apache-2.0
"""The motion that is held: where it is at any time, what is left of it, and where it rests."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.safety_support.loop import HOME
from vla_safety.held_stop import HeldStop
from vla_safety.kernels.quintic import hermite

MS = 1_000_000
TIMES = np.array([0.0, 0.004, 0.3, 0.9])
ALONG = np.array([[0.0, 0.5, 0.0], [0.002, 0.5, 0.0], [0.1, 0.2, -1.0], [0.15, 0.0, 0.0]])  # of joint 1


@pytest.fixture
def held() -> HeldStop:
    states = np.zeros((4, 3, 7))
    states[:, 0] = HOME
    states[:, :, 0] += ALONG
    phase = np.array([[0.004, 0.0], [0.4, -5.0], [0.0, 0.0], [0.4, 5.0]])
    return HeldStop(10 * MS, TIMES, states, phase, np.array([1.0, 0.8, 0.0]), on_path=True)


def test_command_between_two_knots_is_their_quintic(held: HeldStop) -> None:
    expected = hermite(ALONG[1], ALONG[2], 0.296, 0.096)[:3]
    expected[0] += HOME[0]
    assert np.allclose(held.command(110 * MS)[:, 0], expected, atol=1e-12)
    assert np.array_equal(held.command(14 * MS), held.states[1])
    assert np.array_equal(held.command(held.end_ns), held.states[-1])


def test_rest_of_a_held_stop_is_where_it_ends(held: HeldStop) -> None:
    rest = held.rested(held.end_ns)
    assert np.array_equal(rest.command(held.end_ns + MS // 2), held.states[-1])
    assert rest.on_path
    assert np.array_equal(rest.scalar, [held.path_scalar(held.end_ns)[0], 0.0, 0.0])


def test_stop_distance_counts_from_the_end_of_the_step(held: HeldStop) -> None:
    assert held.stop_distance_rad() == pytest.approx(0.148)
    assert held.end_ns == 910 * MS


@pytest.mark.parametrize("elapsed_ms", [0, 4, 100, 899])
def test_points_that_are_left_keep_their_times_to_the_nanosecond(held: HeldStop, elapsed_ms: int) -> None:
    left = held.trajectory(held.stamp_ns + elapsed_ms * MS, 0.02)
    later = [round(time * 1e9) for time in TIMES if time > elapsed_ms * 1e-3]
    assert list(left.stamp_ns + left.times_ns) == [10 * MS + elapsed_ms * MS, *(10 * MS + time for time in later)]
    assert np.array_equal(left.positions[0], held.command(left.stamp_ns)[0])
    assert left.gripper_width_m == 0.02


def test_rest_has_a_second_point_a_millisecond_later(held: HeldStop) -> None:
    left = held.trajectory(held.end_ns + 50 * MS, None)
    assert list(left.times_ns) == [0, MS]
    assert np.array_equal(left.positions, np.tile(held.states[-1, 0], (2, 1)))
    assert not left.velocities.any()
