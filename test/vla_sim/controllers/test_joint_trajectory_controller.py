# SPDX-License-Identifier: Apache-2.0
"""Conformance of the trajectory controller: what it accepts, what it refuses and why, and the motion that follows."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.interpolate import BPoly

from vla_sim.controllers.joint_trajectory_controller import (
    Acceptance,
    JointTrajectoryController,
    TrajectoryControllerConfig,
)
from vla_sim.controllers.trajectory import JointTrajectory

JOINTS = ("a", "b", "c")
NOW_NS = 5_000_000_000
MS = 1_000_000
START = np.array([0.1, -0.2, 0.3])


def controller(**options: bool) -> JointTrajectoryController:
    return JointTrajectoryController(TrajectoryControllerConfig(JOINTS, **options), START, NOW_NS)


def good(stamp_ns: int = 0) -> JointTrajectory:
    positions = np.array([START + 0.05, START + 0.2])
    velocities = np.array([[0.1, 0.2, 0.3], [0.0, 0.0, 0.0]])
    return JointTrajectory(JOINTS, stamp_ns, np.array([400 * MS, 1000 * MS]), positions, velocities)


def with_value(trajectory: JointTrajectory, value: float) -> JointTrajectory:
    positions = trajectory.positions.copy()
    positions[0, 1] = value
    return replace(trajectory, positions=positions)


NO_POINTS = np.zeros((0, 3))
TABLE = {
    "stamp zero starts now": (good(), Acceptance.ACCEPTED),
    "a stamp in the future is accepted": (good(NOW_NS + 300 * MS), Acceptance.ACCEPTED),
    "a stamp in the past with an end to come is accepted": (good(NOW_NS - 500 * MS), Acceptance.ACCEPTED),
    "an end in the past is refused": (good(NOW_NS - 1001 * MS), Acceptance.ENDS_IN_PAST),
    "no points": (JointTrajectory(JOINTS, 0, np.array([], dtype=np.int64), NO_POINTS), Acceptance.EMPTY),
    "a joint missing": (
        JointTrajectory(JOINTS[:2], 0, np.array([400 * MS]), np.zeros((1, 2))),
        Acceptance.MISSING_JOINT,
    ),
    "an unknown joint": (replace(good(), joint_names=("a", "b", "d")), Acceptance.UNKNOWN_JOINT),
    "a joint named twice": (replace(good(), joint_names=("a", "b", "b")), Acceptance.UNKNOWN_JOINT),
    "positions of a wrong size": (replace(good(), positions=np.zeros((2, 4))), Acceptance.WRONG_SIZE),
    "velocities for one point only": (replace(good(), velocities=np.zeros((1, 3))), Acceptance.WRONG_SIZE),
    "NaN": (with_value(good(), np.nan), Acceptance.NOT_FINITE),
    "infinity": (with_value(good(), np.inf), Acceptance.NOT_FINITE),
    "equal times": (replace(good(), times_ns=np.array([400 * MS, 400 * MS])), Acceptance.TIME_NOT_INCREASING),
    "times going back": (replace(good(), times_ns=np.array([400 * MS, 300 * MS])), Acceptance.TIME_NOT_INCREASING),
    "a negative time": (replace(good(), times_ns=np.array([-1, 300 * MS])), Acceptance.TIME_NOT_INCREASING),
    "moving at the end": (replace(good(), velocities=np.full((2, 3), 0.1)), Acceptance.NOT_AT_REST),
}


@pytest.mark.parametrize("case", TABLE)
def test_table_of_accepted_and_refused_trajectories(case: str) -> None:
    trajectory, expected = TABLE[case]
    assert controller().accept(trajectory, NOW_NS) is expected


@pytest.mark.parametrize("case", [name for name, row in TABLE.items() if row[1] is not Acceptance.ACCEPTED])
def test_refused_trajectory_leaves_the_present_motion(case: str) -> None:
    followed, untouched = controller(), controller()
    for each in (followed, untouched):
        each.accept(good(), NOW_NS)
    followed.accept(TABLE[case][0], NOW_NS + 1)
    times_ns = NOW_NS + np.arange(0, 1200, 50) * MS
    np.testing.assert_array_equal(followed.sample(times_ns).positions, untouched.sample(times_ns).positions)


def test_moving_end_is_accepted_where_the_parameter_allows_it() -> None:
    trajectory = replace(good(), velocities=np.full((2, 3), 0.1))
    moving = controller(allow_nonzero_velocity_at_trajectory_end=True)
    assert moving.accept(trajectory, NOW_NS) is Acceptance.ACCEPTED


@pytest.mark.parametrize("order", [1, 2, 3])
def test_spline_order_follows_the_fields_given(order: int) -> None:
    rng = np.random.default_rng(order)
    knots = np.array([0.0, 0.3, 0.7, 1.5])
    fields = rng.normal(size=(3, 4, 3))
    fields[:, 0] = [START, np.zeros(3), np.zeros(3)]
    fields[1:, -1] = 0.0
    rows: list[np.ndarray | None] = [field[1:] if index < order else None for index, field in enumerate(fields)]
    subject = controller()
    trajectory = JointTrajectory(JOINTS, 0, (knots[1:] * 1e9).astype(np.int64), rows[0], rows[1], rows[2])
    assert subject.accept(trajectory, NOW_NS) is Acceptance.ACCEPTED
    oracle = BPoly.from_derivatives(knots, [list(fields[:order, k]) for k in range(4)])
    times_s = np.linspace(0.0, 1.499, 301)
    samples = subject.sample(NOW_NS + np.round(times_s * 1e9).astype(np.int64))
    np.testing.assert_allclose(samples.positions, oracle(times_s), atol=1e-7)
    inside = np.abs(times_s[:, None] - knots).min(axis=1) > 1e-6
    np.testing.assert_allclose(samples.velocities[inside], oracle.derivative()(times_s)[inside], atol=1e-6)


def test_stamp_is_the_zero_of_the_time_axis() -> None:
    subject = controller()
    subject.accept(good(NOW_NS - 500 * MS), NOW_NS)
    reference = controller()
    reference.accept(good(), NOW_NS)
    late = subject.sample(NOW_NS + np.array([0, 100 * MS])).positions
    np.testing.assert_allclose(late, reference.sample(NOW_NS + np.array([500 * MS, 600 * MS])).positions, atol=1e-12)


def test_joints_may_come_in_any_order() -> None:
    order = [2, 0, 1]
    original = good()
    shuffled = JointTrajectory(
        tuple(JOINTS[i] for i in order),
        0,
        original.times_ns,
        original.positions[:, order],
        original.velocities[:, order],  # type: ignore[index]
    )
    first, second = controller(), controller()
    first.accept(original, NOW_NS)
    second.accept(shuffled, NOW_NS)
    times_ns = NOW_NS + np.arange(0, 1100, 100) * MS
    np.testing.assert_array_equal(first.sample(times_ns).positions, second.sample(times_ns).positions)


def test_replacement_continues_from_the_reference_without_a_jump() -> None:
    subject = controller()
    subject.accept(good(), NOW_NS)
    switch_ns = NOW_NS + 350 * MS
    before = subject.sample(np.array([switch_ns])).row(0)
    subject.accept(good(), switch_ns)
    after = subject.sample(np.array([switch_ns])).row(0)
    np.testing.assert_allclose(after.positions, before.positions, atol=1e-12)
    np.testing.assert_allclose(after.velocities, before.velocities, atol=1e-12)


def test_after_the_end_it_rests_at_the_last_position() -> None:
    subject = controller()
    subject.accept(good(), NOW_NS)
    late = subject.sample(NOW_NS + np.array([1000, 5000]) * MS)
    np.testing.assert_array_equal(late.positions, np.tile(good().positions[-1], (2, 1)))
    assert not late.velocities.any()
