# SPDX-License-Identifier: Apache-2.0
"""Every leaf of the trees by itself, on a clock turned by hand: what it asks, when it ends, what it leaves running."""

import re
from pathlib import Path

import numpy as np
import pytest
from py_trees.common import Status

from vla_ros.executor.behaviours import LEAVES
from vla_ros.executor.context import Phase
from vla_ros.tasks import CheckResult, ErrorCode, Plan, Verdict

RUNNING, SUCCESS, FAILURE = Status.RUNNING, Status.SUCCESS, Status.FAILURE
MOVING = np.full(7, 0.5)


def test_every_leaf_is_tested_here():
    files = Path(__file__).parent.glob("test_*behaviours.py")
    tested = "".join(re.findall(r"^def test_\w+", "".join(file.read_text() for file in files), re.MULTILINE))
    assert not [name for name in LEAVES if name not in tested]


# make_plan


def test_make_plan_asks_once_and_takes_the_plan(bench, make_subtask):
    bench.context.task.feedback.append("human: the other one")
    node = bench.make("make_plan")
    assert bench.run(node, 1.0) is RUNNING
    assert bench.calls.names() == ["plan"]
    question, timeout_s = bench.calls.arguments("plan")
    assert (question.instruction, question.feedback, timeout_s) == ("do it", ("human: the other one",), 10.0)
    plan = Plan("plan-2", "do it", (make_subtask("home"),), "bench")
    bench.answered("plan", plan)
    assert bench.tick(node) is SUCCESS
    assert (bench.context.task.plan, bench.context.task.index) == (plan, 0)


@pytest.mark.parametrize(
    ("code", "plan", "expected"),
    [
        (ErrorCode.NOT_UNDERSTOOD, None, ErrorCode.NOT_UNDERSTOOD),
        (ErrorCode.SUCCESS, None, ErrorCode.PLANNER_UNAVAILABLE),
        (ErrorCode.SUCCESS, Plan("p", "do it", (), "bench"), ErrorCode.PLANNER_UNAVAILABLE),
    ],
)
def test_make_plan_fails_with_the_planners_reason(bench, code, plan, expected):
    node = bench.make("make_plan")
    bench.tick(node)
    bench.answered("plan", plan, code, "a reason")
    assert bench.tick(node) is FAILURE
    assert bench.error[0] is expected


def test_make_plan_gives_up_on_a_silent_planner_and_waits_no_longer(bench):
    node = bench.make("make_plan")
    assert bench.run(node, 9.9) is RUNNING
    assert bench.run(node, 0.2) is FAILURE
    assert bench.error[0] is ErrorCode.PLANNER_UNAVAILABLE
    assert bench.calls.last("plan").canceled


# await_ready, look_again


def test_await_ready_succeeds_at_once_where_nothing_is_missing(bench):
    assert bench.tick(bench.make("await_ready")) is SUCCESS


@pytest.mark.parametrize(
    ("silent", "code"),
    [
        ("safety_ns", ErrorCode.ROBOT_FAULT),
        ("joints_ns", ErrorCode.ROBOT_FAULT),
        ("observation_ns", ErrorCode.OBSERVATION_LOST),
        ("policy_ns", ErrorCode.POLICY_UNAVAILABLE),
    ],
)
def test_await_ready_waits_its_time_and_names_what_is_lost(bench, silent, code):
    bench.silent.add(silent)
    node = bench.make("await_ready")
    bench.advance(2.0)
    assert bench.run(node, 14.9) is RUNNING
    assert bench.run(node, 0.3) is FAILURE
    assert bench.error[0] is code
    assert bench.context.task.exhausted


def test_await_ready_goes_on_when_what_was_lost_is_back(bench):
    bench.silent.add("policy_ns")
    bench.advance(2.0)
    node = bench.make("await_ready")
    assert bench.run(node, 3.0) is RUNNING
    bench.silent.clear()
    assert bench.tick(node) is SUCCESS


def test_await_ready_lets_nothing_begin_before_the_arm_rests(bench):
    bench.show(velocity=MOVING)
    node = bench.make("await_ready")
    assert bench.run(node, 1.0) is RUNNING
    bench.show(velocity=np.zeros(7))
    assert bench.tick(node) is SUCCESS


def test_await_ready_lets_nothing_begin_while_safety_still_follows_a_recovery(bench):
    bench.show(source="recovery")
    node = bench.make("await_ready")
    assert bench.run(node, 1.0) is RUNNING
    bench.show(source="")
    assert bench.tick(node) is SUCCESS


def test_await_ready_releases_its_own_stop_and_never_a_persons(bench):
    bench.show(latched=True, latch_reason="operator")
    assert bench.tick(bench.make("await_ready")) is FAILURE
    assert bench.error[0] is ErrorCode.STOPPED
    assert "reset" not in bench.calls.names()
    bench.context.robot.stopped_by_us = True
    node = bench.make("await_ready")
    assert bench.tick(node) is RUNNING
    assert bench.calls.names() == ["reset"]
    bench.answered("reset")
    bench.show(latched=False, latch_reason="")
    assert bench.run(node, 2.0) is SUCCESS


def test_await_ready_waits_for_a_person_who_has_the_arm_however_long(bench):
    bench.show(source="teleop")
    node = bench.make("await_ready")
    assert bench.run(node, 60.0) is RUNNING
    assert bench.context.detail == "waiting: a person has the arm"
    bench.show(source="")
    assert bench.tick(node) is SUCCESS


def test_run_skill_pauses_for_a_person_who_takes_the_arm(bench):
    node = bench.make("run_skill")
    assert bench.run(node, 1.0) is RUNNING
    bench.show(source="teleop")
    assert bench.tick(node) is FAILURE
    assert bench.error == (ErrorCode.POLICY_UNAVAILABLE, "a person has the arm"), "which uses up no attempt"


@pytest.mark.parametrize("kind", ["retreat", "open_hand", "go_home"])
def test_recovery_motions_are_left_to_a_person_who_takes_the_arm(bench, kind):
    bench.show(source="teleop")
    assert bench.tick(bench.make(kind)) is FAILURE
    assert bench.error[0] is ErrorCode.POLICY_UNAVAILABLE
    assert not bench.calls.made


def test_await_ready_leaves_a_reflex_to_the_recovery_at_once(bench):
    bench.show(reflex=True)
    assert bench.tick(bench.make("await_ready")) is FAILURE
    assert bench.error[0] is ErrorCode.ROBOT_FAULT
    assert not bench.context.task.exhausted
    assert not bench.calls.made


def test_look_again_wants_an_observation_that_is_newer_than_itself(bench):
    node = bench.make("look_again")
    bench.silent.add("observation_ns")
    assert bench.run(node, 2.0) is RUNNING
    bench.silent.clear()
    assert bench.tick(node) is SUCCESS


def test_look_again_gives_up_on_a_lost_camera(bench):
    node = bench.make("look_again")
    bench.silent.add("observation_ns")
    assert bench.run(node, 20.0) is FAILURE
    assert bench.error[0] is ErrorCode.OBSERVATION_LOST


# run_skill


def test_run_skill_ends_by_the_policys_own_word(bench):
    node = bench.make("run_skill")
    assert bench.tick(node) is RUNNING
    assert bench.calls.arguments("run_policy")[0].skill == "pick"
    bench.answered("run_policy", "policy_done")
    assert bench.tick(node) is SUCCESS
    assert bench.context.task.ended_by == "policy_done"


def test_run_skill_ends_when_the_fingers_hold_something(bench):
    node = bench.make("run_skill")
    bench.tick(node)
    bench.show(width_m=0.04, commanded_width_m=0.0)
    assert bench.run(node, 2.0) is SUCCESS
    assert bench.context.task.ended_by == "signals"
    assert bench.calls.last("run_policy").canceled


@pytest.mark.parametrize("verdict", [Verdict.DONE, Verdict.FAILED])
def test_run_skill_believes_a_sure_planner_only_the_second_time(bench, verdict):
    node = bench.make("run_skill")
    for number in (1, 2):
        for tick in range(22):
            bench.show(position=bench.signals.position + 0.02 * (-1) ** tick)
            bench.tick(node)
        assert bench.calls.names().count("check") == number
        bench.answered("check", CheckResult(verdict, 0.9, "seen"))
        status = bench.tick(node)
        assert status is (RUNNING if number == 1 else SUCCESS)
    assert bench.context.task.ended_by == "planner"


def test_run_skill_never_ends_by_a_planner_that_is_not_sure(bench):
    node = bench.make("run_skill")
    for tick in range(100):
        bench.show(position=bench.signals.position + 0.02 * (-1) ** tick)
        assert bench.tick(node) is RUNNING
        if "check" in bench.calls.names():
            bench.answered("check", CheckResult(Verdict.DONE, 0.5, "perhaps"))


def test_run_skill_notices_a_blocked_arm(bench):
    node = bench.make("run_skill")
    assert bench.run(node, 5.9) is RUNNING
    assert bench.run(node, 0.3) is FAILURE
    assert "does not move" in bench.error[1]
    assert bench.calls.last("run_policy").canceled


@pytest.mark.parametrize(
    ("silent", "code"),
    [("observation_ns", ErrorCode.OBSERVATION_LOST), ("policy_ns", ErrorCode.POLICY_UNAVAILABLE),
     ("safety_ns", ErrorCode.ROBOT_FAULT)],
)  # fmt: skip
def test_run_skill_cancels_the_policy_when_something_is_lost(bench, silent, code):
    node = bench.make("run_skill")
    bench.tick(node)
    bench.silent.add(silent)
    assert bench.run(node, 2.0) is FAILURE
    assert bench.error[0] is code
    assert bench.calls.last("run_policy").canceled


@pytest.mark.parametrize(
    ("reason", "code"), [("tracking_error", ErrorCode.ROBOT_FAULT), ("operator", ErrorCode.STOPPED)]
)
def test_run_skill_ends_with_a_latched_stop_by_who_latched_it(bench, reason, code):
    node = bench.make("run_skill")
    bench.tick(node)
    bench.show(latched=True, latch_reason=reason)
    assert bench.tick(node) is FAILURE
    assert bench.error[0] is code


def test_run_skill_asks_safety_why_when_the_policy_hears_of_the_stop_first(bench):
    node = bench.make("run_skill")
    bench.tick(node)
    bench.answered("run_policy", code=ErrorCode.STOPPED, message="safety ended the epoch")
    assert bench.run(node, 0.2) is RUNNING
    bench.show(latched=True, latch_reason="tracking_error")
    assert bench.tick(node) is FAILURE
    assert bench.error[0] is ErrorCode.ROBOT_FAULT


def test_run_skill_is_stopped_where_safety_gives_no_reason(bench):
    node = bench.make("run_skill")
    bench.tick(node)
    bench.answered("run_policy", code=ErrorCode.STOPPED)
    assert bench.run(node, 1.0) is FAILURE
    assert bench.error[0] is ErrorCode.STOPPED


def test_run_skill_does_not_wait_for_a_policy_that_never_answers(bench):
    node = bench.make("run_skill")
    for tick in range(400):
        bench.show(position=bench.signals.position + 0.02 * (-1) ** tick)
        if bench.tick(node) is not RUNNING:
            break
    assert (node.status, bench.context.task.ended_by) == (SUCCESS, "timeout")
    assert bench.calls.last("run_policy").canceled


def test_run_skill_that_is_interrupted_leaves_nothing_running(bench):
    node = bench.make("run_skill")
    bench.tick(node, 0.05)
    for tick in range(25):
        bench.show(position=bench.signals.position + 0.02 * (-1) ** tick)
        bench.tick(node)
    node.stop(Status.INVALID)
    assert bench.calls.last("run_policy").canceled
    assert bench.calls.last("check").canceled


# verify_success


@pytest.mark.parametrize(
    ("verdict", "width_m", "status"),
    [(Verdict.UNSURE, 0.04, SUCCESS), (Verdict.UNSURE, 0.08, FAILURE), (Verdict.FAILED, 0.04, FAILURE)],
)
def test_verify_success_weighs_eyes_and_fingers(bench, verdict, width_m, status):
    for _ in range(20):
        bench.show(width_m=width_m, commanded_width_m=0.0 if width_m < 0.08 else 0.08)
        bench.advance(0.05)
    node = bench.make("verify_success")
    assert bench.tick(node) is RUNNING
    assert bench.context.phase is Phase.CHECKING
    bench.answered("check", CheckResult(verdict, 0.9, "seen"))
    assert bench.tick(node) is status


def test_verify_success_takes_a_silent_planner_for_unsure(bench, make_bench, make_subtask):
    other = make_bench(make_subtask("reach"))
    other.context.task.ended_by = "policy_done"
    node = other.make("verify_success")
    assert other.run(node, 2.9) is RUNNING
    assert other.run(node, 0.3) is SUCCESS, "the policy says so, and nothing speaks against it"


@pytest.mark.parametrize(("opens", "status"), [(True, SUCCESS), (False, FAILURE)])
def test_verify_success_gives_fingers_that_open_time_to_settle(make_bench, make_subtask, opens, status):
    bench = make_bench(make_subtask("place_on_zone"))
    for _ in range(20):
        bench.show(width_m=0.04, commanded_width_m=0.0)
        bench.advance(0.05)
    bench.context.task.ended_by = "policy_done"
    node = bench.make("verify_success")
    assert bench.tick(node) is RUNNING
    bench.answered("check", CheckResult(Verdict.UNSURE, 0.0, "blind"))
    if opens:
        bench.show(commanded_width_m=0.08)
    assert bench.run(node, 0.2) is RUNNING, "the policy sees it before the fingers have settled"
    if opens:
        bench.show(width_m=0.08)
    assert bench.run(node, 0.9) is status


# take_alternative


def test_take_alternative_exchanges_the_skill_once(make_bench, make_subtask):
    bench = make_bench(make_subtask("place_on_zone", "put the red cube on the blue zone", ("red cube", "blue zone")))
    bench.context.fail(ErrorCode.FAILED, "nothing was grasped")
    assert bench.tick(bench.make("take_alternative")) is SUCCESS
    taken = bench.context.task.subtask
    assert (taken.skill, taken.text) == ("push_to_zone", "push the red cube to the blue zone")
    assert taken.success_question == "Is it done?"
    bench.context.fail(ErrorCode.FAILED, "it did not move")
    assert bench.tick(bench.make("take_alternative")) is FAILURE
    assert bench.error == (ErrorCode.FAILED, "it did not move")


@pytest.mark.parametrize("code", [ErrorCode.STOPPED, ErrorCode.OBSERVATION_LOST, ErrorCode.TIMEOUT])
def test_take_alternative_does_nothing_where_no_skill_can_help(make_bench, make_subtask, code):
    bench = make_bench(make_subtask("place_on_zone", objects=("red cube", "blue zone")))
    bench.context.fail(code, "why")
    assert bench.tick(bench.make("take_alternative")) is FAILURE
    assert bench.error == (code, "why")


def test_take_alternative_knows_none_for_most_skills(bench):
    bench.context.fail(ErrorCode.FAILED, "missed")
    assert bench.tick(bench.make("take_alternative")) is FAILURE


# ask_person


@pytest.mark.parametrize(
    ("answer", "status", "feedback"),
    [("try again", SUCCESS, []), ("take the other one", SUCCESS, ["human: take the other one"]),
     ("give up", FAILURE, [])],
)  # fmt: skip
def test_ask_person_waits_for_the_answer(bench, answer, status, feedback):
    bench.context.fail(ErrorCode.FAILED, "missed three times")
    node = bench.make("ask_person")
    assert bench.run(node, 5.0) is RUNNING
    (question,) = bench.calls.arguments("ask")
    assert "missed three times" in question.text
    assert bench.context.open_question == question.question_id
    bench.context.given_answer = answer
    assert bench.tick(node) is status
    assert bench.context.task.feedback == feedback
    assert bench.context.open_question == ""
    assert bench.calls.names()[-1] == "withdraw"


def test_ask_person_gives_up_when_nobody_answers(bench):
    bench.context.fail(ErrorCode.FAILED, "missed")
    node = bench.make("ask_person")
    assert bench.run(node, 59.0) is RUNNING
    assert bench.run(node, 2.0) is FAILURE
    assert bench.error == (ErrorCode.FAILED, "missed (nobody answered)")
    assert bench.context.task.exhausted
