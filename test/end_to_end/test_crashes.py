# SPDX-License-Identifier: Apache-2.0
"""Any process may die while the arm moves: it ends at rest, it is said, the process comes back, the task goes on."""

import os
import signal
import socket

import pytest
from vla_msgs.msg import TaskState

from benchmarks.end_to_end_support.graph import Launch

SENTENCE = "put the red cube in the left bin"
ENDED = (TaskState.SUCCEEDED, TaskState.FAILED, TaskState.STOPPED, TaskState.ASKING)
MANAGED = ("policy", "safety", "ingestion", "executor", "planner")
OTHERS = ("supervisor", "sim", "recorder", "console")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def launched(observer, tmp_path_factory):
    """Start the graph with every process that it may have."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    launch = Launch(
        "policy:=scripted", "record:=true", f"console_port:={port}", folder=tmp_path_factory.mktemp("graph")
    )
    yield launch
    launch.close()
    observer.ready = False


@pytest.mark.parametrize("program", [*MANAGED, *OTHERS])
def test_a_killed_process_leaves_no_motion_and_comes_back_and_the_task_goes_on(launched, robot, program):
    robot.instruct(SENTENCE)
    robot.wait_for(robot.moves, "motion")
    (victim,) = launched.process_ids(f"{program}_node")
    os.kill(victim, signal.SIGKILL)
    robot.wait_for(lambda: launched.process_ids(f"{program}_node") not in ([], [victim]), "a new process")
    if program in MANAGED:
        robot.wait_for(lambda: f"not ready any more: {program}" in launched.output, "what is missing is said")
    robot.wait_for(lambda: robot.ready and robot.rests(), "ready and at rest")
    if program == "executor":  # who knew of the task is gone
        assert robot.state() == TaskState.IDLE
        robot.reset_scene(0)
        robot.instruct(SENTENCE)
    robot.wait_for(lambda: robot.state() in ENDED, "the end of the task", 120.0)
    assert robot.state() == TaskState.SUCCEEDED, robot.states[-1].error.message
    robot.wait_for(robot.holds, "the arm at rest")
    assert robot.is_inside("red cube", "left bin")


def test_ctrl_c_leaves_nothing_running(launched, robot):
    robot.instruct(SENTENCE)
    robot.wait_for(robot.moves, "motion")
    launched.interrupt()
    assert launched.process_ids() == []
