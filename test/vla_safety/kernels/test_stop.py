# SPDX-License-Identifier: Apache-2.0
"""The closed-form stop: against Ruckig, against dense sampling, and at given durations."""

from __future__ import annotations

import numpy as np
import pytest
import ruckig
from hypothesis import given
from hypothesis import strategies as st

from vla_safety.kernels.advance import write_joint_tail
from vla_safety.kernels.arrays import knot_room
from vla_safety.kernels.stop import NEGLIGIBLE, along, joint_stop, shortest_stop, straight_stop, timed_stop

# Smaller ones are taken for zero before a stop is computed (`joint_stop`); their squares underflow.
numbers = st.floats(-1.0, 1.0, allow_nan=False).map(lambda number: number if abs(number) > NEGLIGIBLE else 0.0)


def end_of(phase: np.ndarray, speed: float, acceleration: float) -> np.ndarray:
    state = np.array([0.0, speed, acceleration])
    along(phase, 1e9, state)
    return state


@given(numbers, numbers, st.floats(0.5, 20.0), st.floats(10.0, 8000.0))
def test_shortest_stop_ends_at_rest_within_its_limits(v: float, a: float, limit: float, jerk: float) -> None:
    speed, acceleration = 3.0 * v, limit * a
    phase = np.zeros((3, 2))
    duration = shortest_stop(speed, acceleration, limit, jerk, phase)
    assert np.all(phase[:, 0] >= 0.0)
    assert np.all(np.abs(phase[:, 1]) <= jerk)
    assert np.isclose(duration, phase[:, 0].sum())
    assert np.allclose(end_of(phase, speed, acceleration)[1:], 0.0, atol=1e-9 * max(1.0, jerk))
    for time in np.linspace(0.0, duration, 50):
        state = np.array([0.0, speed, acceleration])
        along(phase, time, state)
        assert abs(state[2]) <= limit * (1.0 + 1e-9)


def test_shortest_stop_agrees_with_ruckig() -> None:
    random = np.random.default_rng(0)
    otg, trajectory = ruckig.Ruckig(1), ruckig.Trajectory(1)
    for _ in range(500):
        limit, jerk = random.uniform(1.0, 20.0), random.uniform(50.0, 8000.0)
        speed, acceleration = random.uniform(-3.0, 3.0), random.uniform(-1.0, 1.0) * limit
        given_state = ruckig.InputParameter(1)
        given_state.control_interface = ruckig.ControlInterface.Velocity
        given_state.current_position, given_state.current_velocity = [0.0], [speed]
        given_state.current_acceleration = [acceleration]
        given_state.target_velocity, given_state.target_acceleration = [0.0], [0.0]
        given_state.max_acceleration, given_state.max_jerk = [limit], [jerk]
        assert otg.calculate(given_state, trajectory) in (ruckig.Result.Working, ruckig.Result.Finished)
        phase = np.zeros((3, 2))
        duration = shortest_stop(speed, acceleration, limit, jerk, phase)
        assert duration == pytest.approx(trajectory.duration, abs=1e-9)
        assert end_of(phase, speed, acceleration)[0] == pytest.approx(
            trajectory.at_time(trajectory.duration)[0][0], abs=1e-9
        )


@given(numbers, numbers, st.floats(1.0, 20.0), st.floats(50.0, 8000.0), st.floats(1.0, 3.0))
def test_timed_stop_ends_at_rest_when_asked(v: float, a: float, limit: float, jerk: float, longer: float) -> None:
    speed, acceleration = 3.0 * v, limit * a
    phase = np.zeros((3, 2))
    duration = longer * shortest_stop(speed, acceleration, limit, jerk, phase)
    timed_stop(speed, acceleration, jerk, duration, phase)
    assert phase[:, 0].sum() == pytest.approx(duration, abs=1e-9)
    assert np.allclose(end_of(phase, speed, acceleration)[1:], 0.0, atol=1e-8 * max(1.0, jerk / 100.0))


def test_joints_stop_together_or_each_for_itself() -> None:
    random = np.random.default_rng(1)
    state = np.stack([np.zeros(7), random.uniform(-1, 1, 7), random.uniform(-3, 3, 7)])
    limit, jerk = np.full(7, 10.0), np.full(7, 4000.0)
    alone, together = joint_stop(state, limit, jerk, False), joint_stop(state, limit, jerk, True)
    assert np.allclose(together[:, :, 0].sum(axis=1), alone[:, :, 0].sum(axis=1).max())
    assert np.ptp(alone[:, :, 0].sum(axis=1)) > 1e-3


def test_straight_stop_stays_on_the_line_and_keeps_every_joint_limit() -> None:
    direction = np.array([1.0, -0.5, 0.2, 0.0, 0.3, 0.1, -0.9])
    state = np.stack([np.zeros(7), direction, -2.0 * direction])
    limit, jerk = np.linspace(5, 15, 7), np.linspace(3000, 8000, 7)
    phase = straight_stop(state, limit, jerk)
    for time in np.linspace(0.0, phase[0, :, 0].sum(), 40):
        moved = np.array([[0.0, *state[1:, i]] for i in range(7)])
        for i in range(7):
            along(phase[i], time, moved[i])
        assert np.allclose(moved[:, 0], moved[0, 0] * direction, atol=1e-12)
        assert np.all(np.abs(moved[:, 2]) <= limit + 1e-9)
    assert not straight_stop(np.stack([state[0], direction, direction[::-1]]), limit, jerk).any()
    assert not straight_stop(np.zeros((3, 7)), limit, jerk).any()


def test_acceleration_against_braking_does_not_break_the_limit() -> None:
    """A published planner has a sign error here and exceeds the limit by 41 %."""
    phase = np.zeros((3, 2))
    for speed in np.linspace(0.0, 3.0, 301):
        shortest_stop(speed, 10.0, 10.0, 5000.0, phase)
        state = np.array([0.0, speed, 10.0])
        along(phase, phase[0, 0], state)
        assert state[2] >= -10.0 - 1e-9


@pytest.mark.parametrize("together", [False, True])
def test_last_knot_of_a_stop_is_where_the_last_joint_rests(together: bool) -> None:
    state = np.stack([np.zeros(7), np.linspace(0.2, 1.0, 7), np.linspace(-1.0, 2.0, 7)])
    phase = joint_stop(state, np.full(7, 10.0), np.full(7, 4000.0), together)
    room = knot_room(64, 7)
    count = write_joint_tail(state, phase, 0.0, room, 1)
    assert room.time[count - 1] == pytest.approx(phase[:, :, 0].sum(axis=1).max(), abs=2e-9)
    ends = [end_of(phase[i], state[1, i], state[2, i])[0] for i in range(7)]
    assert np.allclose(room.position[count - 1], ends, atol=1e-12)
    assert not room.velocity[count - 1 :].any()
    assert not room.acceleration[count - 1 :].any()


def test_segment_of_the_shortest_duration_is_kept() -> None:
    state, phase, room = np.zeros((3, 1)), np.zeros((1, 3, 2)), knot_room(8, 1)
    phase[0, :, 0] = [2e-5, 2e-5, 0.0]
    assert write_joint_tail(state, phase, 0.0, room, 1) == 3
    assert np.allclose(room.time[:3], [0.0, 2e-5, 4e-5])
    phase[0, :, 0] = [2e-5, 1.9e-5, 0.0]
    assert write_joint_tail(state, phase, 0.0, room, 1) == 2
