# SPDX-License-Identifier: Apache-2.0
"""Latch, arbiter and gripper gate: who may move the arm, and what forbids it."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.safety_support.loop import HOME, Loop, joint_reference
from vla_safety import Grade, RobotState, SafetyConfig, SafetyError
from vla_safety.arbiter import SourceArbiter
from vla_safety.config import GripperConfig, SourceConfig
from vla_safety.gripper import GripperGate, width_at
from vla_safety.latch import Latch

SOURCES = [SourceConfig("policy", 1, 1.0), SourceConfig("recovery", 2, 1.0), SourceConfig("teleop", 3, 0.5)]
ROWS = np.tile(HOME, (3, 1))
SECOND = 1_000_000_000


def still(stamp_ns: int = 0, position: np.ndarray = HOME, speed: float = 0.0) -> RobotState:
    return RobotState(stamp_ns, position, np.full(7, speed))


def test_highest_priority_with_a_lease_is_obeyed() -> None:
    arbiter = SourceArbiter(SOURCES)
    assert arbiter.current(0) is None
    policy, teleop = joint_reference(ROWS, source="policy"), joint_reference(ROWS, source="teleop")
    assert arbiter.offer(policy, 0) == ""
    assert arbiter.current(0) is policy
    assert arbiter.offer(teleop, SECOND // 10) == ""
    assert arbiter.current(SECOND // 10) is teleop
    assert arbiter.current(SECOND * 6 // 10) is teleop
    assert arbiter.current(SECOND * 6 // 10 + 1) is policy
    assert arbiter.current(SECOND + 1) is None


def test_unknown_source_is_refused_and_release_ends_a_lease() -> None:
    arbiter = SourceArbiter(SOURCES)
    assert arbiter.offer(joint_reference(ROWS, source="rogue"), 0).startswith("unknown_source")
    arbiter.offer(joint_reference(ROWS, source="teleop"), 0)
    arbiter.release("teleop")
    assert arbiter.current(0) is None
    arbiter.offer(joint_reference(ROWS), 0)
    arbiter.clear()
    assert arbiter.current(0) is None


@pytest.fixture
def gate(panda: SafetyConfig) -> GripperGate:
    return GripperGate(panda.gripper)


def test_gripper_sends_first_goal_then_only_changes(gate: GripperGate, panda: SafetyConfig) -> None:
    config: GripperConfig = panda.gripper
    assert gate.step(0, None) is None
    goal = gate.step(0, 0.2)
    assert (goal.width_m, goal.speed_m_s, goal.force_n) == (
        config.max_width_m,
        config.max_speed_m_s,
        config.max_force_n,
    )
    assert gate.step(SECOND, 0.08 - 0.9 * config.hysteresis_m) is None
    assert gate.step(SECOND, 0.02).width_m == 0.02
    assert gate.step(SECOND + 1, 0.06) is None
    assert gate.step(SECOND + int(config.min_interval_s * 1e9), -1.0).width_m == 0.0
    assert gate.width_m == 0.0


def test_gripper_holds_what_it_has_while_motion_is_forbidden(gate: GripperGate) -> None:
    assert gate.step(0, 0.04, held=True) is None
    assert gate.step(0, float("nan")) is None
    assert gate.step(0, 0.04) is not None


def test_gripper_width_is_that_of_the_newest_row_due() -> None:
    reference = joint_reference(ROWS, gripper=np.array([0.01, 0.02, 0.03]), stamp_ns=100)
    assert width_at(reference, 99) is None
    assert width_at(reference, 100) == 0.01
    assert width_at(reference, 100 + reference.period_ns) == 0.02
    assert width_at(reference, 10 * SECOND) == 0.03
    assert width_at(joint_reference(ROWS), 0) is None


def test_output_carries_the_width_and_where_the_reference_asks_to_be(panda: SafetyConfig, urdf: str) -> None:
    loop = Loop.at(panda, urdf)
    reference = joint_reference(np.tile(HOME, (3, 1)), gripper=np.array([0.01, 0.02, 0.03]))
    output = loop.run(reference, 1)[-1]
    assert output.trajectory.gripper_width_m == 0.01
    assert np.allclose(output.reference_position, HOME)
    loop.filter.latch.set("operator")
    assert loop.run(reference, 1)[-1].trajectory.gripper_width_m is None


def test_first_reason_stays_latched_until_cleared_at_rest(panda: SafetyConfig) -> None:
    latch, tracking = Latch(), panda.tracking
    latch.set("first")
    latch.set("second")
    assert (latch.is_latched, latch.reason) == (True, "first")
    assert "moves" in latch.clear(tracking, 0, still(speed=0.5))
    assert "old" in latch.clear(tracking, SECOND, still())
    assert "finite" in latch.clear(tracking, 0, still(position=np.full(7, np.nan)))
    assert latch.is_latched
    assert latch.clear(tracking, 0, still()) == ""
    assert not latch.is_latched
    latch.set("")
    assert latch.reason == "unspecified"


def test_tracking_error_latches(panda: SafetyConfig, urdf: str) -> None:
    loop = Loop.at(panda, urdf)
    state = still(position=HOME + 0.2)
    output = loop.filter.step(0, state, joint_reference(ROWS))
    assert output.report.grade is Grade.ESTOPPED
    assert output.report.reason.startswith("tracking_error")


@pytest.mark.parametrize(
    ("age_ms", "speed", "room"), [(0, 1.0, 0.0), (10, 1.0, 0.01), (10, -2.0, 0.02), (-10, 1.0, 0.0)]
)
def test_command_may_be_ahead_of_a_measurement_by_its_age(
    panda: SafetyConfig, age_ms: int, speed: float, room: float
) -> None:
    allowed = panda.tracking.max_tracking_error_rad + room
    for off, latched in ((allowed - 1e-6, False), (allowed + 1e-6, True)):
        latch = Latch()
        reason = latch.watch(panda.tracking, age_ms * 1_000_000, still(speed=speed), HOME - off)
        assert (latch.is_latched, bool(reason)) == (latched, latched)


def test_broken_measurement_latches(panda: SafetyConfig, urdf: str) -> None:
    loop = Loop.at(panda, urdf)
    output = loop.filter.step(0, still(position=np.full(7, np.nan)), joint_reference(ROWS))
    assert output.report.reason == "non_finite_state"


def test_stale_measurement_brakes_without_latching(panda: SafetyConfig, urdf: str) -> None:
    loop = Loop.at(panda, urdf)
    output = loop.filter.step(SECOND, still(), joint_reference(ROWS, stamp_ns=SECOND))
    assert output.report.reason.startswith("stale_state")
    assert not loop.filter.latch.is_latched


def test_clock_that_went_back_is_refused(panda: SafetyConfig, urdf: str) -> None:
    loop = Loop.at(panda, urdf)
    loop.run(joint_reference(np.linspace(HOME, HOME + 0.1, 20)), 50)
    output = loop.filter.step(0, still(), joint_reference(ROWS))
    assert output.report.reason == "clock_went_back"


def test_filter_needs_a_resting_finite_state_first(panda: SafetyConfig, urdf: str) -> None:
    loop = Loop.at(panda, urdf)
    with pytest.raises(SafetyError, match="moves"):
        loop.filter.reset(0, still(speed=0.1))
    with pytest.raises(SafetyError, match="finite"):
        loop.filter.reset(0, still(position=np.full(7, np.inf)))
    fresh = type(loop.filter)(panda, loop.filter.model)
    with pytest.raises(SafetyError, match="reset"):
        fresh.step(0, still(), None)
