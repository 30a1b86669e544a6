# SPDX-License-Identifier: Apache-2.0
"""Seams: the fade is a minimum-jerk step within its bounds; the sample that fits best; when a motion may end."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation, Slerp

from vla_ros.errors import ConfigError
from vla_ros.policy.schedule.algebra import EuclideanAlgebra, PoseAlgebra
from vla_ros.policy.schedule.bidirectional import select_sample
from vla_ros.policy.schedule.seam import SeamBounds, blend, fade_length_s, minimum_jerk
from vla_ros.policy.seam_time import safe_seam_ns

P = 100_000_000
BOUNDS = SeamBounds()


@given(distance=st.floats(1e-6, 0.05))
def test_fade_stays_within_velocity_acceleration_and_jerk_bounds(distance):
    window = fade_length_s(distance, BOUNDS)
    if window == BOUNDS.longest_s:
        return
    time = np.linspace(0.0, window, 4001)
    motion = distance * minimum_jerk(time / window)
    for order, bound in ((1, BOUNDS.velocity), (2, BOUNDS.acceleration), (3, BOUNDS.jerk)):
        derivative = motion
        for _ in range(order):
            derivative = np.gradient(derivative, time, edge_order=2)
        assert np.abs(derivative[5:-5]).max() <= bound * 1.02


def test_fade_begins_and_ends_without_a_step():
    tau = np.linspace(-0.5, 1.5, 2001)
    value = minimum_jerk(tau)
    assert value[0] == 0.0 and value[-1] == 1.0
    assert (np.diff(value) >= 0.0).all()
    assert np.abs(np.diff(value, n=2)).max() < 1e-5


def test_blend_leaves_the_old_rows_and_reaches_the_new_ones():
    elapsed = 0.05 * np.arange(40)
    old, new = np.zeros((40, 2)), np.full((40, 2), 0.03)
    rows = blend(old, new, elapsed, BOUNDS, EuclideanAlgebra())
    np.testing.assert_allclose(rows[0], 0.0, atol=1e-12)
    np.testing.assert_allclose(rows[-1], 0.03)
    assert blend(new, new, elapsed, BOUNDS, EuclideanAlgebra()) is new


def test_pose_arithmetic_is_that_of_scipy():
    a, b = Rotation.random(6, random_state=1), Rotation.random(6, random_state=2)
    rows_a = np.column_stack([np.zeros((6, 3)), a.as_quat()])
    rows_b = np.column_stack([np.ones((6, 3)), b.as_quat()])
    algebra, fraction = PoseAlgebra(), np.linspace(0.1, 0.9, 6)
    between = algebra.between(rows_a, rows_b, fraction)
    for index in range(6):
        expected = Slerp([0, 1], Rotation.concatenate([a[index], b[index]]))(fraction[index])
        assert (Rotation.from_quat(between[index, 3:]) * expected.inv()).magnitude() < 1e-9
    difference = algebra.difference(rows_a, rows_b)[:, 3:]
    np.testing.assert_allclose(difference, (a * b.inv()).as_rotvec(), atol=1e-9)
    mean = algebra.mean(np.stack([rows_a, rows_b]), np.full((2, 6), 0.5))
    halfway = algebra.between(rows_a, rows_b, np.full(6, 0.5))
    assert (Rotation.from_quat(mean[:, 3:]) * Rotation.from_quat(halfway[:, 3:]).inv()).magnitude().max() < 1e-7


def test_mean_of_poses_does_not_care_about_the_sign_of_a_quaternion():
    row = np.array([[0.0, 0.0, 0.0, 0.0, 0.0, 0.6, 0.8]])
    flipped = np.column_stack([row[:, :3], -row[:, 3:]])
    mean = PoseAlgebra().mean(np.stack([flipped, row]), np.full((2, 1), 0.5))
    np.testing.assert_allclose(mean, row)
    rows = PoseAlgebra().normalise(np.concatenate([row, flipped, row]))
    np.testing.assert_allclose(rows, np.repeat(row, 3, axis=0))


def test_best_sample_continues_the_running_motion(make):
    running, _ = make.merged(make.scheduler("bid"), 0, np.zeros(10))
    samples = np.stack([np.full((10, 1), 0.4), np.full((10, 1), -0.1), np.full((10, 1), 0.2)])
    chosen = select_sample(make.prediction(samples[0], at=2, samples=samples), running.timeline, 3 * P)
    np.testing.assert_allclose(chosen.chunk.rows, -0.1)
    merged, _ = make.merged(running, 3, samples[0], at=2, samples=samples)
    np.testing.assert_allclose(merged.timeline.at(np.array([8 * P]))[0], -0.1)


def test_backward_loss_decays_by_a_half_per_row(make):
    running, _ = make.merged(make.scheduler("bid"), 0, np.zeros(10))
    early, late = np.zeros((10, 1)), np.zeros((10, 1))
    early[4], late[5] = 0.1, 0.19  # rows due after the arrival at row 3: weights 1, 1/2, …
    samples = np.stack([early, late])
    chosen = select_sample(make.prediction(early, samples=samples), running.timeline, 3 * P)
    np.testing.assert_allclose(chosen.chunk.rows, late)


def test_forward_contrast_prefers_what_the_weak_policy_does_not_do(make):
    strong = np.stack([np.full((6, 1), value) for value in (0.0, 0.02, 1.0)])
    weak = np.stack([np.full((6, 1), value) for value in (1.0, 1.01, 0.99)])
    chosen = select_sample(make.prediction(strong[2], samples=strong, contrast=weak), None, 0)
    assert chosen.chunk.rows[0, 0] < 0.5


@pytest.mark.parametrize(
    ("gripper", "seam"),
    [
        ([0.08] * 16, 3),  # nothing moves: the next grid time
        ([0.08] * 4 + [0.0] * 12, 5),  # the hand closes at row 4: not before row 5
        ([0.08, 0.0] * 8, 7),  # it never rests: the longest wait
    ],
)
def test_motion_ends_where_the_gripper_is_not_being_moved(make, gripper, seam):
    scheduler, _ = make.merged(make.scheduler("replace"), 0, np.arange(16.0), gripper=gripper)
    now_ns = round(2.5 * P) if seam != 5 else round(3.0 * P)
    assert safe_seam_ns(scheduler.timeline, now_ns, 5 * P) == seam * P
    assert safe_seam_ns(scheduler.timeline, 90 * P, 5 * P) == 15 * P


@pytest.mark.parametrize("field", ["velocity", "acceleration", "jerk", "longest_s"])
def test_bound_that_is_not_positive_is_refused(field):
    with pytest.raises(ConfigError, match=f"{field} of the seam bounds must be > 0"):
        SeamBounds(**{field: 0.0})


def test_a_motion_carries_over_to_other_rows_on_so3():
    rng = np.random.default_rng(4)
    rotations = Rotation.from_rotvec(rng.normal(size=(7, 3)))
    start, end, rows = rotations[0], rotations[1], rotations[2:]
    poses = np.concatenate([rng.normal(size=(5, 3)), rows.as_quat()], axis=1)
    begin, finish = np.r_[0.1, 0.2, 0.3, start.as_quat()], np.r_[0.2, 0.1, 0.4, end.as_quat()]
    moved = PoseAlgebra().moved(poses, begin, finish)
    np.testing.assert_allclose(moved[:, :3], poses[:, :3] + [0.1, -0.1, 0.1])
    expected = end * start.inv() * rows
    np.testing.assert_allclose((Rotation.from_quat(moved[:, 3:]) * expected.inv()).magnitude(), 0.0, atol=1e-7)
    np.testing.assert_allclose(PoseAlgebra().moved(begin[None], begin, finish)[0, :3], finish[:3])


def test_a_rotation_counts_as_the_way_of_a_lever():
    far = np.array([[0.0, 0.0, 0.01, 0.0, 0.0, 0.3], [0.0, 0.08, 0.0, 0.1, 0.0, 0.0]])
    np.testing.assert_allclose(PoseAlgebra().sizes(far, 0.2), [0.06, 0.08])
    np.testing.assert_allclose(EuclideanAlgebra().sizes(far, 0.2), [0.3, 0.1])
