# SPDX-License-Identifier: Apache-2.0
"""Each metric against a value that was derived by hand or by another formula."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vla_ros.replay.metrics import (
    energy_score,
    gripper_score,
    horizon_error,
    jerk_figures,
    least_of_samples,
    log_dimensionless_jerk,
    rotation_distance_rad,
    seam_jumps,
    sparc,
)
from vla_ros.types import ActionChunk, ActionSpace

MS = 1_000_000


def min_jerk_speed(rate_hz, duration_s=1.0):
    share = np.linspace(0.0, 1.0, round(rate_hz * duration_s) + 1)
    return 30.0 * share**2 - 60.0 * share**3 + 30.0 * share**4


def test_horizon_error_by_hand():
    predicted = np.array([[[1.0, 0.0], [2.0, 0.0]], [[0.0, 4.0], [9.0, 9.0]]])
    truth = np.zeros_like(predicted)
    truth[0, 0, 0], truth[1, 0, 1] = 0.5, 2.0
    covered = np.array([[True, True], [True, False]])
    error = horizon_error(predicted, truth, covered)
    assert error.count == 3
    np.testing.assert_allclose(error.mae, [(0.5 + 2.0 + 0.0) / 3, 2.0 / 3])
    np.testing.assert_allclose(error.rmse, [np.sqrt((0.25 + 4.0) / 3), np.sqrt(4.0 / 3)])
    np.testing.assert_allclose(error.by_row, [((0.5 + 0.0) / 2 + (0.0 + 2.0) / 2) / 2, 1.0])
    spread = np.quantile([0.5, 0.0, 0.0], 0.99) - np.quantile([0.5, 0.0, 0.0], 0.01)
    assert error.normalised[0] == pytest.approx(error.mae[0] / spread)


def test_column_that_stands_still_has_no_normalised_error():
    error = horizon_error(np.ones((2, 1, 1)), np.zeros((2, 1, 1)), np.ones((2, 1), bool))
    assert np.isnan(error.normalised).all() and error.mae[0] == 1.0


@pytest.mark.parametrize("angle", [0.0, 1e-9, 0.3, np.pi / 2, 3.0, np.pi])
def test_rotation_distance_is_the_angle_between(angle):
    rng = np.random.default_rng(1)
    first = Rotation.random(random_state=rng)
    second = first * Rotation.from_rotvec(angle * np.array([2.0, -1.0, 2.0]) / 3.0)
    distance = rotation_distance_rad(first.as_quat(), -second.as_quat())
    assert distance == pytest.approx(angle, abs=1e-15 + 1e-12 * angle)


def test_gripper_events_are_found_and_timed():
    times = np.arange(10, dtype=np.int64) * 100 * MS
    truth = np.array([0.08] * 3 + [0.0] * 4 + [0.08] * 3)
    late = np.array([0.08] * 5 + [0.0] * 2 + [0.08] * 3)
    score = gripper_score(times, late, truth, 0.04)
    assert score.f1 == pytest.approx(2 * 2 / (2 + 4))
    assert (score.events, score.found) == (2, 2)
    assert score.event_error_s == pytest.approx((0.2 + 0.0) / 2)


def test_missed_gripper_event_is_not_found():
    times = np.arange(10, dtype=np.int64) * 100 * MS
    truth = np.array([0.08] * 3 + [0.0] * 7)
    score = gripper_score(times, np.full(10, 0.08), truth, 0.04)
    assert (score.events, score.found, score.f1) == (1, 0, 0.0)


def test_samples_are_scored_by_the_best_and_by_their_spread():
    truth = np.zeros((1, 1))
    samples = np.array([1.0, -3.0]).reshape(2, 1, 1)
    assert least_of_samples(samples, truth) == 1.0
    assert energy_score(samples, truth) == pytest.approx((1.0 + 3.0) / 2 - 0.5 * 4.0)
    assert energy_score(samples[:1], truth) == 1.0


def test_two_good_answers_beat_their_mean():
    """The data go left or right; a policy that knows both scores better than one that goes between."""
    rng = np.random.default_rng(0)
    truths = rng.choice([-1.0, 1.0], 200)
    both = np.array([-1.0, 1.0] * 8).reshape(16, 1, 1)
    between = np.zeros((16, 1, 1))
    scores = [[energy_score(samples, np.array([[t]])) for t in truths] for samples in (both, between)]
    assert np.mean(scores[0]) < np.mean(scores[1])


def test_sparc_of_a_minimum_jerk_motion():
    """The published value of the reference implementation for one second at 100 Hz."""
    assert sparc(min_jerk_speed(100.0), 100.0) == pytest.approx(-1.4058, abs=2e-3)


def test_sparc_knows_no_scale_and_two_movements_are_less_smooth():
    one = min_jerk_speed(100.0)
    assert sparc(7.0 * one, 100.0) == pytest.approx(sparc(one, 100.0), rel=1e-12)
    assert sparc(np.concatenate([one, np.zeros(40), one]), 100.0) < sparc(one, 100.0) - 0.3


def test_log_dimensionless_jerk_of_a_minimum_jerk_motion():
    """Integral of the squared jerk is 720, the peak speed 1.875: −ln(720 / 1.875²) = −5.3221."""
    assert log_dimensionless_jerk(min_jerk_speed(2000.0), 2000.0) == pytest.approx(-np.log(720 / 1.875**2), abs=0.01)


def test_jerk_of_a_cubic_is_constant():
    times = np.arange(0.0, 1.0, 0.01)
    peak, mean = jerk_figures((2.0 * times**3)[:, None], 100.0)
    assert peak == pytest.approx(12.0, rel=1e-6)
    assert mean == pytest.approx(12.0, rel=1e-6)


def line(stamp_ms, start, slope):
    rows = (start + slope * np.arange(10.0))[:, None]
    return ActionChunk(stamp_ms * MS, 100 * MS, ActionSpace.JOINT_POSITION, ("a",), rows)


def test_seam_of_parallel_lines_is_their_distance():
    references = [(0, line(0, 0.0, 0.1)), (400 * MS, line(0, 0.25, 0.1))]
    jumps = seam_jumps(references)
    assert jumps.position == pytest.approx([2.5])
    assert jumps.velocity == pytest.approx([0.0], abs=1e-12)


def test_seam_of_lines_that_cross_changes_the_speed():
    references = [(0, line(0, 0.0, 0.1)), (0, line(0, 0.0, -0.1))]
    jumps = seam_jumps(references)
    assert jumps.position == pytest.approx([2.0])  # one row after the seam
    assert jumps.velocity == pytest.approx([2.0])
    assert jumps.acceleration == pytest.approx([0.0], abs=1e-12)


def test_reference_that_is_the_old_one_has_no_seam():
    references = [(0, line(0, 0.0, 0.1)), (450 * MS, line(200, 0.2, 0.1))]
    assert seam_jumps(references).position == pytest.approx([0.0], abs=1e-12)
