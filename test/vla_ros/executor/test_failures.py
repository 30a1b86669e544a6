# SPDX-License-Identifier: Apache-2.0
"""The rows of the failure table (docs/failures.md), in the fake world: recovered, or ended at rest."""

import numpy as np
import pytest

from vla_ros.executor import Phase
from vla_ros.tasks import CheckResult, ErrorCode, Verdict

SENTENCE = "put the red cube in the left bin"


def ended_at_rest(world):
    """Whether nothing moves now and nothing asks for motion any more."""
    for _ in range(40):
        world.step()
    still = not np.any(np.abs(world.velocity) > 1e-9)
    return still and not world.skill_runs


@pytest.mark.parametrize(("kind", "reason"), [("missed", "closed on nothing"), ("dropped", "slipped")])
def test_missed_or_dropped_object_is_tried_again(make_world, kind, reason):
    world = make_world(outcomes=[kind])
    world.executor.instruct(SENTENCE, world.now_ns)
    report = world.run()
    assert report.code is ErrorCode.SUCCESS
    attempts = list(world.executor.memory.of(report.task_id))
    assert [item.code for item in attempts] == [ErrorCode.FAILED, ErrorCode.SUCCESS]
    assert reason in attempts[0].reason
    assert report.retries == 1
    assert ended_at_rest(world)


def test_recovery_retreats_opens_and_goes_home_beside_the_first_pose(make_world):
    world = make_world(outcomes=["missed"])
    world.executor.instruct(SENTENCE, world.now_ns)
    world.run()
    goals = {tuple(np.round(chunk.rows[-1], 6)) for chunk in world.chunks}
    assert all(chunk.provenance.source == "recovery" for chunk in world.chunks)
    assert np.diff([chunk.provenance.chunk_id for chunk in world.chunks]).min() > 0
    home = np.array([0.0, -0.35694, 0.0, -2.63707, 0.0, 2.28013, 0.785398])
    nearest = min(float(np.abs(np.array(goal) - home).max()) for goal in goals)
    assert nearest < 0.05
    assert any(chunk.gripper_m.size and chunk.gripper_m[-1] == 0.08 for chunk in world.chunks)


def test_moved_or_wrong_object_that_only_the_planner_sees_leads_to_another_attempt(make_world, sure):
    wrong = CheckResult(Verdict.FAILED, 0.95, "the blue cube is in the bin, the red one is not")
    world = make_world(verdicts=[wrong] * 2 + [CheckResult(Verdict.FAILED, 0.95, "the red one is not")])
    world.executor.instruct(SENTENCE, world.now_ns)
    report = world.run()
    attempts = list(world.executor.memory.of(report.task_id))
    assert "the red one is not" in attempts[0].reason
    assert report.code is ErrorCode.SUCCESS


def test_attempts_used_up_ask_for_a_new_plan_with_the_history(make_world):
    world = make_world(outcomes=["missed"] * 3)
    world.executor.instruct(SENTENCE, world.now_ns)
    report = world.run()
    assert report.code is ErrorCode.SUCCESS
    assert [plan.reason for plan in world.plans] == ["new", "failure"]
    assert len(world.plans[1].history) == 3


def test_blocked_arm_is_noticed_and_given_up_at_rest(make_world):
    world = make_world(outcomes=["frozen"] * 20)
    world.executor.instruct(SENTENCE, world.now_ns)
    world.run(until=lambda report: world.skill_runs)
    world.stuck = True
    report = world.run()
    assert (report.phase, report.code) == (Phase.FAILED, ErrorCode.FAILED)
    assert "does not move" in world.plans[1].history[0]
    assert ended_at_rest(world)


def test_tracking_error_is_reset_by_the_recovery_and_tried_again(make_world):
    world = make_world()
    world.executor.instruct(SENTENCE, world.now_ns)
    world.run(until=lambda report: world.skill_runs)
    world.latched, world.reason = True, "tracking_error: joint 4 is 0.2 rad off its command"
    report = world.run()
    assert report.code is ErrorCode.SUCCESS
    assert world.calls == ["recover", "reset"]
    assert report.retries == 1


def test_reflex_of_the_robot_is_cleared_by_its_error_recovery(make_world):
    world = make_world()
    world.executor.instruct(SENTENCE, world.now_ns)
    world.run(until=lambda report: world.skill_runs)
    world.reflex = True
    report = world.run()
    assert report.code is ErrorCode.SUCCESS
    assert world.calls == ["recover"]


def test_reflex_that_an_earlier_task_left_is_cleared_by_the_next(make_world):
    world = make_world()
    world.reflex = True
    world.executor.instruct("put the red cube in the left bin", world.now_ns)
    report = world.run()
    assert report.code is ErrorCode.SUCCESS, report.message
    assert world.calls[:1] == ["recover"]
    assert not world.questions or world.questions == [None] * len(world.questions)


def test_reflex_that_cannot_be_cleared_ends_with_robot_fault(make_world, monkeypatch):
    world = make_world()
    monkeypatch.setattr(
        world, "recover", lambda: type("Never", (), {"answer": lambda s: None, "cancel": lambda s: None})()
    )
    world.executor.instruct(SENTENCE, world.now_ns)
    world.run(until=lambda report: world.skill_runs)
    world.reflex = True
    report = world.run()
    assert report.code is ErrorCode.ROBOT_FAULT
    assert ended_at_rest(world)


def test_dead_policy_ends_with_its_code_after_waiting_for_a_restart(make_world):
    world = make_world(outcomes=["dead"])
    world.executor.instruct(SENTENCE, world.now_ns)
    report = world.run()
    assert (report.phase, report.code) == (Phase.FAILED, ErrorCode.POLICY_UNAVAILABLE)
    assert "policy node is silent" in report.message
    assert len(world.runs) == 1
    assert ended_at_rest(world)


def test_policy_that_comes_back_goes_on_with_the_task(make_world):
    world = make_world(outcomes=["dead"])
    world.executor.instruct(SENTENCE, world.now_ns)
    world.run(until=lambda report: "policy" in world.silent)
    for _ in range(100):
        world.step()
    world.silent.discard("policy")
    assert world.run().code is ErrorCode.SUCCESS


def test_dead_planner_ends_with_its_code_before_any_motion(make_world):
    world = make_world(silent={"planner"})
    world.executor.instruct(SENTENCE, world.now_ns)
    report = world.run()
    assert report.code is ErrorCode.PLANNER_UNAVAILABLE
    assert not world.runs
    assert not world.chunks


def test_planner_that_dies_during_a_task_leaves_the_verdict_to_signals(make_world):
    world = make_world()
    world.executor.instruct(SENTENCE, world.now_ns)
    world.run(until=lambda report: world.skill_runs)
    world.silent.add("planner")
    assert world.run().code is ErrorCode.SUCCESS


def test_emergency_stop_of_an_operator_ends_the_task_and_is_not_reset(make_world):
    world = make_world()
    world.executor.instruct(SENTENCE, world.now_ns)
    world.run(until=lambda report: world.skill_runs)
    world.latched, world.reason = True, "operator"
    report = world.run()
    assert (report.phase, report.code) == (Phase.STOPPED, ErrorCode.STOPPED)
    assert "reset" not in world.calls
    assert world.skill.operation.canceled


def test_lost_camera_stops_the_skill_and_goes_on_when_it_returns(make_world):
    world = make_world()
    world.executor.instruct(SENTENCE, world.now_ns)
    world.run(until=lambda report: world.skill_runs)
    world.silent.add("camera")
    world.run(until=lambda report: world.skill.operation.canceled, seconds=2.0)
    for _ in range(100):
        world.step()
    world.silent.discard("camera")
    report = world.run()
    assert report.code is ErrorCode.SUCCESS
    assert report.retries >= 1


def test_camera_that_stays_lost_ends_with_observation_lost(make_world):
    world = make_world()
    world.executor.instruct(SENTENCE, world.now_ns)
    world.run(until=lambda report: world.skill_runs)
    world.silent.add("camera")
    report = world.run()
    assert report.code is ErrorCode.OBSERVATION_LOST
    assert ended_at_rest(world)


def test_silent_safety_node_lets_nothing_begin(make_world):
    world = make_world(silent={"safety"})
    world.executor.instruct(SENTENCE, world.now_ns)
    report = world.run()
    assert report.code is ErrorCode.ROBOT_FAULT
    assert not world.runs


def test_arm_that_does_not_come_to_rest_gets_the_safety_stop(make_world, monkeypatch):
    world = make_world()
    world.executor.instruct(SENTENCE, world.now_ns)
    world.run(until=lambda report: world.skill_runs)
    monkeypatch.setattr(world, "_move", lambda: setattr(world, "position", world.position + 0.01))
    world.executor.cancel(world.executor.report(world.now_ns).task_id, world.now_ns)
    world.run(seconds=10)
    assert "hold" in world.calls


def test_arm_stays_where_it_is_while_a_camera_is_lost(make_world):
    world = make_world()
    world.executor.instruct(SENTENCE, world.now_ns)
    world.run(until=lambda report: world.skill_runs)
    world.silent.add("camera")
    world.run(until=lambda report: report.phase is Phase.ASKING)
    assert not world.chunks
    assert not np.any(world.velocity)


def test_camera_that_is_lost_again_and_again_for_a_moment_uses_up_no_attempt(make_world):
    world = make_world()
    world.executor.instruct(SENTENCE, world.now_ns)
    for _ in range(8):
        world.run(until=lambda report: world.skill_runs)
        world.silent.add("camera")
        world.run(until=lambda report: not world.skill_runs)
        world.silent.discard("camera")
    report = world.run()
    assert report.code is ErrorCode.SUCCESS
    assert len(world.plans) == 1
