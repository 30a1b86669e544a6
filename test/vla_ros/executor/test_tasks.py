# SPDX-License-Identifier: Apache-2.0
"""Whole tasks through the default tree in the fake world: success, retries, questions, stops, takeovers."""

import json

import numpy as np
import pytest

from vla_ros.executor import Phase
from vla_ros.tasks import ErrorCode, Refusal, Verdict

SENTENCE = "put the red cube in the left bin"


def test_instruction_is_planned_run_and_checked(make_world):
    world = make_world()
    task_id = world.executor.instruct(SENTENCE, world.now_ns)
    report = world.run()
    assert (report.phase, report.code, report.task_id) == (Phase.SUCCEEDED, ErrorCode.SUCCESS, task_id)
    assert [run.subtask.text for run in world.runs] == [SENTENCE]
    assert [item.code for item in world.executor.memory.of(task_id)] == [ErrorCode.SUCCESS]


def test_every_subtask_of_a_plan_is_run_in_order(make_world):
    world = make_world()
    world.executor.instruct("put the red cube in the left bin, then stack the green cube on the blue one", world.now_ns)
    report = world.run()
    assert report.code is ErrorCode.SUCCESS
    assert [run.subtask.skill for run in world.runs] == ["place_in_bin", "stack"]


def test_second_instruction_after_the_first_gets_a_fresh_task(make_world):
    world = make_world()
    first = world.executor.instruct(SENTENCE, world.now_ns)
    world.run()
    second = world.executor.instruct("open the gripper", world.now_ns)
    report = world.run()
    assert report.task_id == second != first
    assert report.code is ErrorCode.SUCCESS


def test_nonsense_is_answered_with_a_sentence_and_no_motion(make_world):
    world = make_world()
    world.executor.instruct("sing me a song about bees", world.now_ns)
    report = world.run()
    assert (report.phase, report.code) == (Phase.FAILED, ErrorCode.NOT_UNDERSTOOD)
    assert "do not understand" in report.message
    assert not world.runs
    assert not world.chunks
    assert not world.questions


def test_person_who_says_try_again_gets_another_try(make_world):
    world = make_world(outcomes=["missed"] * 6)
    world.executor.instruct(SENTENCE, world.now_ns)
    world.run(until=lambda report: report.phase is Phase.ASKING)
    question = world.questions[-1]
    assert "put the red cube in the left bin" in question.text
    assert world.executor.answer(question.question_id, "it lies further left") == ""
    report = world.run()
    assert report.code is ErrorCode.SUCCESS
    assert "human: it lies further left" in world.plans[-1].feedback
    assert any("nothing" in line for line in world.plans[-1].history)


def test_person_who_gives_up_ends_the_task_with_its_error(make_world):
    world = make_world(outcomes=["missed"] * 6)
    world.executor.instruct(SENTENCE, world.now_ns)
    world.run(until=lambda report: report.phase is Phase.ASKING)
    world.executor.answer(world.questions[-1].question_id, "Give up")
    report = world.run()
    assert (report.phase, report.code) == (Phase.FAILED, ErrorCode.FAILED)
    assert world.questions[-1] is None


def test_question_nobody_answers_ends_the_task(make_world):
    world = make_world(outcomes=["missed"] * 6)
    world.executor.instruct(SENTENCE, world.now_ns)
    report = world.run()
    assert report.code is ErrorCode.FAILED
    assert "nobody answered" in report.message
    assert report.retries == 4


def test_answer_to_a_question_that_is_not_open_is_refused(make_world):
    assert "not open" in make_world().executor.answer("task-1-0", "yes")


@pytest.mark.parametrize("word", ["stop", "STOP!", "please stop now", "anhalten", "停", "halt the robot"])
def test_stop_word_holds_at_once_without_a_tick(make_world, word):
    world = make_world()
    world.executor.instruct(SENTENCE, world.now_ns)
    world.run(until=lambda report: report.phase is Phase.RUNNING and world.skill_runs)
    world.executor.instruct(word, world.now_ns)
    assert world.calls == ["hold"]
    assert world.skill.operation.canceled
    report = world.run()
    assert (report.phase, report.code) == (Phase.STOPPED, ErrorCode.STOPPED)
    assert not np.any(world.velocity)


def test_stop_word_works_while_nothing_runs(make_world):
    world = make_world()
    assert world.executor.instruct("stop", world.now_ns) == ""
    assert world.calls == ["hold"]
    assert world.step().phase is Phase.STOPPED


def test_new_instruction_releases_a_stop_that_a_word_latched(make_world):
    world = make_world()
    world.executor.instruct("stop", world.now_ns)
    world.step()
    world.executor.instruct(SENTENCE, world.now_ns)
    report = world.run()
    assert report.code is ErrorCode.SUCCESS
    assert world.calls == ["hold", "reset"]


def test_resume_releases_a_stop_and_starts_nothing(make_world):
    world = make_world()
    world.executor.instruct("stop", world.now_ns)
    world.step()
    assert world.executor.instruct("continue please", world.now_ns) == ""
    world.step()
    assert world.calls == ["hold", "reset"]
    assert not world.runs


def test_stop_of_an_operator_is_never_released_by_an_instruction(make_world):
    world = make_world()
    world.latched, world.reason = True, "operator pressed the button"
    world.step()
    for text in (SENTENCE, "stop", "resume", SENTENCE):
        try:
            world.executor.instruct(text, world.now_ns)
        except Refusal as refusal:
            assert refusal.code is ErrorCode.STOPPED
        world.step()
    assert "reset" not in world.calls
    assert world.latched


def test_new_instruction_takes_over_at_rest(make_world):
    world = make_world()
    first = world.executor.instruct(SENTENCE, world.now_ns)
    world.run(until=lambda report: world.skill_runs)
    second = world.executor.instruct("go home", world.now_ns)
    assert world.skill.operation.canceled
    report = world.run(until=lambda report: report.task_id == second and report.is_over)
    ended = {item.task_id: item.code for item in world.executor.finished()}
    assert ended[first] is ErrorCode.PREEMPTED
    assert report.code is ErrorCode.SUCCESS


def test_canceled_task_ends_at_rest(make_world):
    world = make_world()
    task_id = world.executor.instruct(SENTENCE, world.now_ns)
    world.run(until=lambda report: world.skill_runs)
    world.executor.cancel(task_id, world.now_ns)
    assert world.run().code is ErrorCode.CANCELED
    assert world.skill.operation.canceled


def test_task_time_ends_a_task(make_world):
    world = make_world(outcomes=["missed"] * 6)
    world.executor.instruct(SENTENCE, world.now_ns, timeout_ns=5_000_000_000)
    report = world.run()
    assert report.code is ErrorCode.TIMEOUT
    assert report.elapsed_ns < 9_000_000_000


@pytest.mark.parametrize("text", ["", "   ", "x" * 501])
def test_input_out_of_bounds_is_refused(make_world, text):
    world = make_world()
    with pytest.raises(Refusal) as caught:
        world.executor.instruct(text, world.now_ns)
    assert caught.value.code is ErrorCode.REFUSED


def test_confident_planner_ends_a_running_skill_early(make_world, sure):
    world = make_world(verdicts=[sure(Verdict.DONE)] * 3, outcomes=["quiet"])
    world.executor.instruct("push the red cube to the green zone", world.now_ns)
    report = world.run()
    assert report.code is ErrorCode.SUCCESS
    assert report.elapsed_ns < 5_000_000_000


def test_fingers_that_hold_nothing_overrule_a_confident_planner(make_world, sure):
    world = make_world(verdicts=[sure(Verdict.DONE)] * 50, outcomes=["missed"])
    world.executor.instruct("pick up the red cube", world.now_ns)
    report = world.run()
    attempts = list(world.executor.memory.of(report.task_id))
    assert attempts[0].code is ErrorCode.FAILED
    assert "hold nothing" in attempts[0].reason


def test_skill_without_traces_is_believed_when_the_policy_says_done(make_world):
    world = make_world(outcomes=["claims"])
    world.executor.instruct("push the red cube to the green zone", world.now_ns)
    report = world.run()
    assert report.code is ErrorCode.SUCCESS
    assert "only the policy says so" in next(iter(world.executor.memory.of(report.task_id))).reason


def test_snapshot_is_json_and_names_every_node(make_world):
    world = make_world()
    world.executor.instruct(SENTENCE, world.now_ns)
    world.run(until=lambda report: world.skill_runs)
    text = json.dumps(world.executor.snapshot())
    assert '"RunSkill"' in text and '"RUNNING"' in text
    assert "▶ run_skill" in world.executor.snapshot()["text"]
