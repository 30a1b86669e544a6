# SPDX-License-Identifier: Apache-2.0
"""The README's first command: one line, and the object is in the bin."""

import cv2
from vla_msgs.srv import InjectFault

from benchmarks.end_to_end_support.graph import Launch


def test_the_cube_ends_in_the_bin_and_the_exit_code_says_so(observer, tmp_path):
    launch = Launch(
        "instruction:=put the red cube in the left bin", "exit_when_done:=true", "console:=false", folder=tmp_path
    )
    try:
        code = launch.wait(100.0)
    finally:
        launch.close()
    assert code == 0, launch.output[-4000:]
    assert observer.is_inside("red cube", "left bin"), "by the simulation's ground truth"
    assert "1. put the red cube in the left bin" in launch.output, "the plan is told"
    strips = list(tmp_path.glob("*/strip.png"))
    assert len(strips) == 1
    assert cv2.imread(str(strips[0])).std() > 10.0, "pictures show something"
    assert launch.process_ids() == []


def test_a_question_is_given_up_at_once_where_nobody_can_answer(observer, tmp_path):
    launch = Launch(
        "instruction:=put the red cube in the left bin", "exit_when_done:=true", "console:=false", folder=tmp_path
    )
    try:
        observer.wait_for(observer.moves, "motion")
        fault = {"fault": InjectFault.Request.FAULT_CAMERA_DROP, "target": "scene"}
        assert observer.call(InjectFault, "sim/inject_fault", **fault).success
        assert launch.wait(100.0) == 1
    finally:
        launch.close()
    assert "nobody is there to answer: give up" in launch.output
    assert "not done (OBSERVATION_LOST)" in launch.output
    assert launch.process_ids() == []


def test_a_task_that_cannot_be_done_ends_the_launch_with_an_error(observer, tmp_path):
    launch = Launch(
        "instruction:=sing me a song about the sea", "exit_when_done:=true", "console:=false", folder=tmp_path
    )
    try:
        assert launch.wait(100.0) == 1
    finally:
        launch.close()
    assert "not done (NOT_UNDERSTOOD)" in launch.output
    assert launch.process_ids() == []


def test_the_experts_of_the_simulation_do_it_as_well(observer, tmp_path):
    words = ["policy:=scripted", "instruction:=put the red cube in the left bin", "exit_when_done:=true"]
    launch = Launch(*words, "console:=false", folder=tmp_path)
    try:
        code = launch.wait(150.0)
    finally:
        launch.close()
    assert code == 0, launch.output[-4000:]
    assert observer.is_inside("red cube", "left bin"), "by the simulation's ground truth"
