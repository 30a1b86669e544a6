# SPDX-License-Identifier: Apache-2.0
"""Instructions from another shell: carried out, refused with a reason, or stopped at once."""

import subprocess

from vla_msgs.msg import ErrorCode, TaskState


def test_an_instruction_from_another_shell_is_carried_out(robot):
    robot.states.clear()
    text = "{data: put the blue cube in the right bin}"
    subprocess.run(
        ["ros2", "topic", "pub", "--once", "/vla/instruction", "std_msgs/msg/String", text],
        check=True,
        capture_output=True,
        timeout=60,
    )
    robot.wait_for(lambda: robot.state() == TaskState.SUCCEEDED, "success")
    assert robot.is_inside("blue cube", "right bin")


def test_a_sentence_that_makes_no_sense_is_answered_and_nothing_moves(robot):
    robot.instruct("the weather is fine today")
    robot.wait_for(lambda: robot.state() == TaskState.FAILED, "an answer")
    assert robot.states[-1].error.code == ErrorCode.NOT_UNDERSTOOD
    assert robot.states[-1].error.message
    assert robot.rests()


def test_stop_stops_and_holds_until_resume(robot):
    robot.instruct("put the red cube in the left bin")
    robot.wait_for(robot.moves, "motion")
    robot.instruct("stop")
    robot.wait_for(robot.rests, "the arm at rest", 2.0)
    robot.wait_for(lambda: robot.state() == TaskState.STOPPED, "the task says that it was stopped")
    assert robot.safety.estop_latched
    robot.instruct("resume")
    robot.wait_for(lambda: not robot.safety.estop_latched, "the release of the stop")
    robot.instruct("put the red cube in the left bin")
    robot.wait_for(lambda: robot.state() == TaskState.SUCCEEDED, "success after the stop")
    assert robot.is_inside("red cube", "left bin")


def test_two_things_go_into_the_same_bin_one_after_the_other(robot):
    robot.instruct("put the red cube in the left bin, then put the green cube in the left bin")
    robot.wait_for(lambda: robot.state() in (TaskState.SUCCEEDED, TaskState.FAILED, TaskState.ASKING), "the end", 120.0)
    assert robot.state() == TaskState.SUCCEEDED, robot.states[-1].error.message
    assert all(state.attempt <= 1 for state in robot.states), "neither is pushed onto the other"
    assert robot.is_inside("red cube", "left bin")
    assert robot.is_inside("green cube", "left bin", below_m=0.1), "beside the first, or on it"


def test_go_home_leads_to_where_tasks_begin(robot):
    robot.instruct("put the blue cube in the right bin, then go home")
    robot.wait_for(lambda: robot.state() in (TaskState.SUCCEEDED, TaskState.FAILED, TaskState.ASKING), "the end", 120.0)
    assert robot.state() == TaskState.SUCCEEDED, robot.states[-1].error.message
    assert all(state.attempt <= 1 for state in robot.states)
