# SPDX-License-Identifier: Apache-2.0
"""The scheduler: when it infers, what it refuses, what it tells the model."""

import numpy as np
import pytest

from vla_ros.policy.schedule.delay import JacobsonKarels, WindowedMaximum
from vla_ros.policy.schedule.scheduler import MergeStatus
from vla_ros.types import ActionSpace

P = 100_000_000
RAMP = np.arange(16.0)


def test_first_chunk_begins_at_the_first_grid_time_after_its_arrival(make):
    scheduler, result = make.merged(make.scheduler("replace"), 2.5, RAMP)
    assert result.status is MergeStatus.MERGED
    assert result.delay_ns == 250_000_000
    assert scheduler.timeline.chunk.stamp_ns == 3 * P
    np.testing.assert_allclose(scheduler.timeline.chunk.rows[:, 0], RAMP[3:])


def test_rows_that_were_due_stay_and_later_ones_are_the_new_chunks(make):
    scheduler, _ = make.merged(make.scheduler("replace"), 0, RAMP)
    scheduler, _ = make.merged(scheduler, 6.5, 100.0 + RAMP, at=4)
    rows, _ = scheduler.timeline.at(P * np.arange(4, 10))
    np.testing.assert_allclose(rows[:, 0], [4.0, 5.0, 6.0, 103.0, 104.0, 105.0])


def test_chunk_that_begins_in_the_future_keeps_what_is_due_before(make):
    scheduler, _ = make.merged(make.scheduler("vlash"), 0, RAMP)
    scheduler, _ = make.merged(scheduler, 2, 100.0 + RAMP, at=6, observed=1)
    rows, _ = scheduler.timeline.at(P * np.arange(1, 9))
    np.testing.assert_allclose(rows[:, 0], [1.0, 2.0, 3.0, 4.0, 5.0, 100.0, 101.0, 102.0])


def test_rows_between_grid_times_are_interpolated_and_the_gripper_is_held(make):
    scheduler, _ = make.merged(make.scheduler("replace"), 0, RAMP, gripper=np.full(16, 0.08))
    closing = np.where(np.arange(16) < 3, 0.08, 0.0)
    scheduler, _ = make.merged(scheduler, 4, RAMP, at=2.5, gripper=closing)
    rows, gripper = scheduler.timeline.at(P * np.arange(5, 8))
    np.testing.assert_allclose(rows[:, 0], [2.5, 3.5, 4.5])
    np.testing.assert_allclose(gripper, [0.08, 0.0, 0.0])


@pytest.mark.parametrize(
    ("now", "kwargs", "status"),
    [
        (16, {}, MergeStatus.LATE),
        (15, {}, MergeStatus.LATE),
        (5, {"epoch": 0}, MergeStatus.OLD_EPOCH),
        (5, {"epoch": 2}, MergeStatus.OLD_EPOCH),
        (5, {"decode_ok": False}, MergeStatus.UNDECODED),
        (5, {"gripper": np.full(16, 0.08)}, MergeStatus.MISMATCH),
        (5, {"gripper": np.full(16, np.nan)}, MergeStatus.NOT_FINITE),
    ],
)
def test_refused_prediction_has_a_name_and_changes_nothing(make, now, kwargs, status):
    before, _ = make.merged(make.scheduler("replace"), 0, RAMP)
    after, result = make.merged(before, now, RAMP, **kwargs)
    assert result.status is status
    assert after.timeline is before.timeline
    assert after.history == before.history


def test_row_that_is_not_finite_is_refused(make):
    rows = RAMP.copy()
    rows[15] = np.inf
    assert make.merged(make.scheduler("blend"), 0, rows)[1].status is MergeStatus.NOT_FINITE
    assert make.merged(make.scheduler("blend"), 0, np.zeros((0, 3)))[1].status is MergeStatus.UNDECODED


def test_prediction_from_an_older_observation_is_overtaken(make):
    scheduler, _ = make.merged(make.scheduler("replace"), 6, RAMP, at=5)
    assert make.merged(scheduler, 7, RAMP, at=4)[1].status is MergeStatus.OVERTAKEN


def test_chunk_whose_last_row_falls_between_grid_times_is_late(make):
    scheduler, _ = make.merged(make.scheduler("replace"), 0, RAMP)
    assert make.merged(scheduler, 17.1, RAMP, at=2.5)[1].status is MergeStatus.LATE


def test_only_the_measured_delay_survives_a_reset(make):
    scheduler, _ = make.merged(make.scheduler("act"), 3, RAMP)
    fresh = scheduler.reset(2)
    assert (fresh.timeline, fresh.history, fresh.in_flight, fresh.started_ns) == (None, (), False, None)
    assert fresh.delay.estimate_ns == 3 * P


def test_synchronous_strategy_waits_until_everything_was_executed(make):
    scheduler, _ = make.merged(make.scheduler("sync"), 0, RAMP)
    assert not scheduler.wants_inference(15 * P)
    assert scheduler.wants_inference(15 * P + 1)


def test_committed_strategy_infers_again_after_its_rows_or_the_delay(make):
    scheduler, _ = make.merged(make.scheduler("replace", execute_rows=4), 1, RAMP)
    assert not scheduler.wants_inference(4 * P - 1)
    assert scheduler.wants_inference(4 * P)
    slow, _ = make.merged(make.scheduler("replace", execute_rows=4), 6, RAMP)
    assert not slow.wants_inference(6 * P - 1), "a new one started before this delay would overtake it"
    assert slow.wants_inference(6 * P)


def test_vlash_infers_one_delay_before_the_end(make):
    scheduler, _ = make.merged(make.scheduler("vlash"), 3, RAMP)
    assert not scheduler.wants_inference(11 * P - 1)
    assert scheduler.wants_inference(11 * P)


def test_nothing_starts_while_an_inference_is_in_flight(make):
    scheduler, _ = make.scheduler("replace").start(0, 0)
    assert not scheduler.wants_inference(10 * P)
    assert scheduler.fail().wants_inference(10 * P)


def test_context_has_the_running_rows_on_the_grid_of_the_new_chunk(make):
    scheduler, _ = make.merged(make.scheduler("rtc", execute_rows=4), 2, RAMP)
    _, context = scheduler.start(round(5.5 * P), 5 * P, first_row_ns=P)
    np.testing.assert_allclose(context.prefix[:, 0], RAMP[6:])
    assert context.frozen_rows == 1, "the measured delay is 2 rows after the observation; row 0 is due after 1"
    assert context.soft_end_row == 10, "H - s = 16 - 4, but the prefix has 10 rows"
    assert context.arrival_row == -1


def test_vlash_is_told_the_state_on_arrival(make):
    scheduler, _ = make.merged(make.scheduler("vlash"), 3, RAMP)
    _, context = scheduler.start(12 * P, 12 * P, first_row_ns=0)
    assert context.prefix[context.arrival_row, 0] == 15.0


def test_nothing_conditions_an_arm_at_rest(make):
    scheduler, _ = make.merged(make.scheduler("rtc"), 2, RAMP)
    _, context = scheduler.start(20 * P, 20 * P, first_row_ns=P)
    assert context.prefix is None


def test_starved_timeline_rests_and_a_blended_chunk_leaves_that_rest_smoothly(make):
    scheduler, _ = make.merged(make.scheduler("blend"), 0, RAMP * 0.01)
    assert not scheduler.timeline.covers(16 * P)
    scheduler, _ = make.merged(scheduler, 30, 0.5 + RAMP * 0.01, at=28)
    rows, _ = scheduler.timeline.at(P * np.arange(25, 33))
    np.testing.assert_allclose(rows[:6, 0], 0.15)
    assert 0.0 < rows[6, 0] - 0.15 < 0.12 * 0.5, "a fade of 0.4 s has gone a tenth of its way after 0.1 s"


def test_blend_compares_with_where_the_old_chunk_was_going_not_with_a_stop(make):
    scheduler, _ = make.merged(make.scheduler("blend"), 0, RAMP * 0.01)
    offset = 0.02
    scheduler, _ = make.merged(scheduler, 12, offset + RAMP * 0.01 + 0.1, at=10)
    steps = np.diff(scheduler.timeline.at(P * np.arange(11, 24))[0][:, 0])
    assert (steps >= 0.01 - 1e-9).all(), "the fade only adds what the chunks differ by"
    assert steps.sum() == pytest.approx(0.12 + offset)


def test_velocities_rest_at_zero(make):
    chunk = make.chunk(RAMP)
    rates = type(chunk)(0, P, ActionSpace.JOINT_VELOCITY, chunk.names, chunk.rows, provenance=chunk.provenance)
    scheduler = make.scheduler("replace")
    scheduler, _ = scheduler.merge(0, type(make.prediction(RAMP))(rates))
    np.testing.assert_allclose(scheduler.timeline.at(np.array([15 * P, 16 * P, 20 * P]))[0][:, 0], [15.0, 0.0, 0.0])


def test_reference_has_what_is_due_and_a_few_rows_before(make):
    scheduler, _ = make.merged(make.scheduler("replace"), 0, RAMP)
    reference = scheduler.timeline.reference(round(6.5 * P))
    assert (reference.stamp_ns, reference.end_ns) == (4 * P, 15 * P)
    assert scheduler.timeline.reference(99 * P).rows.shape == (3, 1), "an over timeline still says where it rests"


def test_windowed_maximum_forgets_a_spike():
    estimator = WindowedMaximum(size=3)
    for delay in (5, 900, 7, 8):
        estimator = estimator.add(delay)
    assert estimator.estimate_ns == 900
    assert estimator.add(6).estimate_ns == 8


def test_jacobson_karels_follows_rfc_6298_with_two_deviations():
    mean, deviation, estimator = 0.0, 0.0, JacobsonKarels()
    for index, delay in enumerate((100e6, 140e6, 90e6, 300e6, 110e6)):
        if index == 0:
            mean, deviation = delay, delay / 2
        else:
            deviation = 0.75 * deviation + 0.25 * abs(mean - delay)
            mean = 0.875 * mean + 0.125 * delay
        estimator = estimator.add(int(delay))
        assert estimator.estimate_ns == round(mean + 2 * deviation)
    for _ in range(100):
        estimator = estimator.add(100_000_000)
    assert abs(estimator.estimate_ns - 100_000_000) < 1_000_000, "a spike is forgotten"


def test_rest_counts_from_the_observation_or_from_the_end_of_what_was_due(make):
    scheduler = make.scheduler("replace")
    assert scheduler.rested_ns(5 * P, 2 * P) == 3 * P, "nothing was ever due"
    scheduler, _ = make.merged(scheduler, 1, np.arange(4.0), at=0)
    assert scheduler.rested_ns(2 * P, 1 * P) == 0, "it moves"
    assert scheduler.rested_ns(7 * P, 1 * P) == 4 * P, "it moved on after the observation"
    assert scheduler.rested_ns(7 * P, 5 * P) == 2 * P
