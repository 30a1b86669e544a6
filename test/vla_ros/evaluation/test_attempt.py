# SPDX-License-Identifier: Apache-2.0
"""Attempts in lock step: the scripted policy succeeds behind the filter; the same seed gives the same bits."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vla_ros.errors import VlaError
from vla_ros.evaluation.attempt import Attempt, attempt
from vla_ros.evaluation.figures import UNITS, attempt_figures
from vla_ros.evaluation.plan import EvaluationPlan
from vla_ros.evaluation.rig import Rig
from vla_ros.policy.run_values import EndCode
from vla_ros.training.conditions import CONDITIONS, prepare
from vla_sim.tasks.task import Skill

ROOT = Path(__file__).parents[3]
PLAN = EvaluationPlan(
    policy="scripted",
    policies=str(ROOT / "config/policies"),
    contract=str(ROOT / "config/robots/franka.yaml"),
    safety=str(ROOT / "config/safety/fr3.yaml"),
    film=False,
)
RATE_HZ = 250.0


@pytest.fixture(scope="module")
def rig() -> Rig:
    """Return the scripted policy's rig; its clock ticks by a millisecond at every look."""
    ticks = itertools.count(0, 1_000_000)
    return Rig(PLAN, lambda: next(ticks))


def attempt_at(rig: Rig, skill: Skill, seed: int, condition: str = "nominal") -> Attempt:
    """Make one attempt."""
    task, event = prepare(rig.simulation, CONDITIONS[condition], skill, seed)
    return attempt(rig, task, event)


@pytest.fixture(scope="module")
def placed(rig: Rig) -> Attempt:
    """Return an attempt at putting a thing into a bin."""
    return attempt_at(rig, Skill.PLACE_IN_BIN, 900_001)


def test_scripted_policy_puts_the_object_in_the_bin_behind_the_safety_filter(placed: Attempt) -> None:
    assert placed.success
    assert not placed.failure
    assert 2.0 < placed.duration_s < 10.0
    assert placed.safety.steps == len(placed.tool_m)


def test_inference_takes_its_simulated_time(placed: Attempt) -> None:
    least_ns = round((PLAN.delay_s or 0.0) * 1e9)
    assert min(placed.flown.delays_ns) >= least_ns
    assert max(placed.flown.delays_ns) <= least_ns + 60_000_000  # an observation may be a camera period old


def test_commanded_motion_is_continuous_and_within_the_limits(placed: Attempt) -> None:
    positions = np.array(placed.safety.positions)
    speed = np.abs(np.diff(positions, axis=0)) * RATE_HZ
    assert (speed < [2.62, 2.62, 2.62, 2.62, 5.26, 4.18, 5.26]).all()
    assert not any(name.startswith("controller") for name in placed.safety.refused)


def test_same_seed_gives_the_same_motion_bit_for_bit(rig: Rig) -> None:
    first, second = (attempt_at(rig, Skill.OPEN, 900_003) for _ in range(2))
    np.testing.assert_array_equal(first.tool_m, second.tool_m)
    np.testing.assert_array_equal(first.safety.positions, second.safety.positions)
    assert first.flown.delays_ns == second.flown.delays_ns


def test_every_figure_of_the_report_is_measured(placed: Attempt) -> None:
    figures = attempt_figures(placed, RATE_HZ)
    assert list(figures) == list(UNITS)
    assert all(value is not None for value in figures.values())


def test_longer_inferences_are_seen_in_the_latency(rig: Rig) -> None:
    rig.plan = replace(PLAN, delay_s=0.3)
    try:
        slow = attempt_at(rig, Skill.CLOSE, 900_000)
    finally:
        rig.plan = PLAN
    assert min(slow.flown.delays_ns) >= 300_000_000


def test_measured_delay_is_that_of_the_given_clock(rig: Rig) -> None:
    rig.plan = replace(PLAN, delay_s=None)
    try:
        quick = attempt_at(rig, Skill.CLOSE, 900_000)
    finally:
        rig.plan = PLAN
    assert set(quick.flown.inference_ns) == {1_000_000}
    assert max(quick.flown.delays_ns) < 60_000_000


def test_forced_open_hand_drops_the_object_and_the_attempt_goes_on(rig: Rig) -> None:
    dropped = attempt_at(rig, Skill.PICK, 900_001, "drop")
    calm = attempt_at(rig, Skill.PICK, 900_001)
    assert calm.success
    assert dropped.duration_s > calm.duration_s


def test_policy_that_does_not_understand_fails_with_its_reason(rig: Rig) -> None:
    task, event = prepare(rig.simulation, CONDITIONS["nominal"], Skill.OPEN, 900_000)
    made = attempt(rig, replace(task, text="sing a song"), event)
    assert not made.success
    assert made.failure == "policy"
    assert made.flown.end is not None
    assert made.flown.end.code is EndCode.POLICY_UNAVAILABLE
    assert any("sing a song" in sentence for sentence in made.flown.errors)


def test_picture_that_is_developed_later_equals_the_one_that_is_drawn_at_once(rig: Rig) -> None:
    prepare(rig.simulation, CONDITIONS["light"], Skill.PICK, 900_002)
    roll = rig.roll()
    drawn = []
    for stamp in range(3):
        roll.expose(stamp)
        drawn.append(rig.simulation.render("wrist"))
        rig.simulation.advance(40)
    later = [roll.picture(stamp, "wrist") for stamp in range(3)]
    for now, then in zip(later, drawn, strict=True):
        np.testing.assert_array_equal(now, then)


def test_strategy_that_does_not_exist_names_the_nearest(rig: Rig) -> None:
    with pytest.raises(VlaError, match="blend"):
        Rig(replace(PLAN, strategy="blent"), lambda: 0)
