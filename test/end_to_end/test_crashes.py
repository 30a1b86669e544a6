# SPDX-License-Identifier: Apache-2.0
"""Any process may die while the arm moves: it ends at rest, the process comes back, and the robot works again."""

import os
import signal

import pytest
from vla_msgs.msg import TaskState

ENDED = (TaskState.SUCCEEDED, TaskState.FAILED, TaskState.STOPPED, TaskState.ASKING)


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("program", ["policy", "safety", "ingestion", "executor", "planner", "supervisor"])
def test_a_killed_process_leaves_no_motion_and_comes_back(launched, robot, program):
    robot.instruct("put the red cube in the left bin")
    robot.wait_for(robot.moves, "motion")
    (victim,) = launched.process_ids(f"{program}_node")
    os.kill(victim, signal.SIGKILL)
    robot.wait_for(robot.rests, "the arm at rest, done or not", 60.0)
    robot.wait_for(lambda: launched.process_ids(f"{program}_node") not in ([], [victim]), "a new process")
    robot.wait_for(lambda: robot.ready and robot.rests(), "ready and at rest")
    robot.instruct("stop")
    robot.wait_for(lambda: robot.state() in ENDED, "the end of the task")
    robot.reset_scene(0)
    robot.instruct("put the red cube in the left bin")
    robot.wait_for(lambda: robot.state() == TaskState.SUCCEEDED, "success after the crash")
    assert robot.is_inside("red cube", "left bin")


def test_ctrl_c_leaves_nothing_running(launched, robot):
    robot.instruct("put the red cube in the left bin")
    robot.wait_for(robot.moves, "motion")
    launched.interrupt()
    assert launched.process_ids() == []
