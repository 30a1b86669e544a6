# SPDX-License-Identifier: Apache-2.0
"""Every combination rule against its published formula, written out again here."""

import numpy as np
import pytest

from vla_ros.errors import ConfigError
from vla_ros.policy.schedule.combination import (
    LEROBOT_AGGREGATES,
    AdaptiveEnsemble,
    Aggregate,
    ConfidenceFusion,
    Newest,
    TemporalEnsemble,
    TrajectoryVoting,
)
from vla_ros.policy.schedule.strategy import STRATEGIES, strategy

RNG = np.random.default_rng(11)
STACK = RNG.normal(size=(4, 5, 7))
ALL = np.ones((4, 5), bool)
SURE = np.ones(4)


def holes():
    valid = ALL.copy()
    valid[0, 1:] = False
    valid[2, 3] = False
    return valid


RULES = (Newest(), Aggregate(), TemporalEnsemble(), AdaptiveEnsemble(), TrajectoryVoting(), ConfidenceFusion())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
def test_weights_sum_to_one_and_ignore_chunks_that_do_not_cover_a_time(rule):
    valid = holes()
    weights = rule(STACK, valid, SURE)
    np.testing.assert_allclose(weights.sum(axis=0), 1.0)
    assert (weights >= 0.0).all()
    if not isinstance(rule, ConfidenceFusion):  # its two heads cover the same times
        assert (weights[~valid] == 0.0).all()


def test_temporal_ensemble_weighs_the_oldest_most_as_act_does():
    expected = np.exp(-0.01 * np.arange(4))
    np.testing.assert_allclose(TemporalEnsemble()(STACK, ALL, SURE)[:, 0], expected / expected.sum())
    valid = holes()  # without the oldest, the second is rank 0
    expected = np.exp(-0.01 * np.arange(3))
    np.testing.assert_allclose(TemporalEnsemble()(STACK, valid, SURE)[1:, 1], expected / expected.sum())


def test_temporal_ensemble_counts_a_true_zero_action():
    stack = STACK.copy()
    stack[1] = 0.0
    assert (TemporalEnsemble()(stack, ALL, SURE)[1] > 0.2).all()


def test_adaptive_ensemble_is_cogacts():
    step = 2
    cosines = [a[step] @ STACK[-1, step] / (np.linalg.norm(a[step]) * np.linalg.norm(STACK[-1, step])) for a in STACK]
    expected = np.exp(0.1 * np.array(cosines))
    np.testing.assert_allclose(AdaptiveEnsemble()(STACK, ALL, SURE)[:, step], expected / expected.sum())


def test_voting_averages_the_majority_and_drops_the_others():
    newest = np.array([1.0, 0.0])
    stack = np.array([[0.9, 0.1], [-1.0, 0.0], [0.8, -0.2], newest])[:, None]
    weights = TrajectoryVoting()(stack, np.ones((4, 1), bool), SURE)
    np.testing.assert_allclose(weights[:, 0], [1 / 3, 0, 1 / 3, 1 / 3])
    outvoted = np.array([[-0.9, 0.1], [-1.0, 0.0], [-0.8, -0.2], newest])[:, None]
    np.testing.assert_allclose(
        TrajectoryVoting()(outvoted, np.ones((4, 1), bool), SURE)[:, 0], [1 / 3, 1 / 3, 1 / 3, 0]
    )
    tie = np.array([[-0.9, 0.1], [-1.0, 0.0], [0.8, -0.2], newest])[:, None]
    np.testing.assert_allclose(TrajectoryVoting()(tie, np.ones((4, 1), bool), SURE)[:, 0], [0, 0, 0.5, 0.5])


@pytest.mark.parametrize(
    ("name", "old"), [("weighted_average", 0.3), ("latest_only", 0.0), ("average", 0.5), ("conservative", 0.7)]
)
def test_aggregates_are_lerobots(name, old):
    assert set(LEROBOT_AGGREGATES) == {"weighted_average", "latest_only", "average", "conservative"}
    weights = Aggregate(name)(STACK[:2], ALL[:2], SURE[:2])
    np.testing.assert_allclose(weights[:, 0], [old, 1.0 - old])
    valid = ALL[:2].copy()
    valid[0, 2] = False  # the old timeline has run out there
    np.testing.assert_allclose(Aggregate(name)(STACK[:2], valid, SURE[:2])[:, 2], [0.0, 1.0])


def test_fusion_averages_only_above_the_confidence():
    sure, unsure = np.full(2, 0.9667), np.full(2, 0.96)
    np.testing.assert_allclose(ConfidenceFusion()(STACK[:2], ALL[:2], sure)[:, 0], [0.5, 0.5])
    np.testing.assert_allclose(ConfidenceFusion()(STACK[:2], ALL[:2], unsure)[:, 0], [0.0, 1.0])
    np.testing.assert_allclose(ConfidenceFusion()(STACK[:1], ALL[:1], sure[:1])[:, 0], [1.0])


def test_fusion_takes_the_other_head_of_the_same_prediction(make):
    rows = np.zeros(8)
    scheduler, _ = make.merged(make.scheduler("hybrid"), 0, rows, companion=rows[:, None] + 1.0, confidence=0.99)
    np.testing.assert_allclose(scheduler.timeline.chunk.rows[:, 0], 0.5)
    scheduler, _ = make.merged(scheduler, 1, rows, at=1, companion=rows[:, None] + 1.0, confidence=0.5)
    np.testing.assert_allclose(scheduler.timeline.at(100_000_000 * np.arange(2, 8))[0][:, 0], 0.0)


def test_lerobot_merges_with_the_timeline_and_act_with_all_chunks(make):
    for name, expected in (("lerobot", 0.3 * (0.3 * 0.0 + 0.7 * 1.0) + 0.7 * 2.0), ("act", None)):
        scheduler = make.scheduler(name)
        for index in range(3):
            scheduler, _ = make.merged(scheduler, index, np.full(8, float(index)), at=index)
        value = scheduler.timeline.at(np.array([400_000_000]))[0][0, 0]
        weights = np.exp(-0.01 * np.arange(3))
        assert value == pytest.approx(expected if expected is not None else weights @ np.arange(3) / weights.sum())


def test_unknown_strategy_and_aggregate_name_the_nearest():
    with pytest.raises(ConfigError, match="Did you mean 'rtc_inpaint'"):
        strategy("rtc_inpain")
    with pytest.raises(ConfigError, match="Did you mean 'average'"):
        Aggregate("averag")
    assert len(STRATEGIES) == 14
