# SPDX-License-Identifier: Apache-2.0
"""Two arms side by side, each under a namespace of its own: neither hears what the other is told."""

import subprocess

import pytest
from tf2_msgs.msg import TFMessage
from vla_msgs.msg import TaskState

from benchmarks.end_to_end_support.graph import Launch, Observer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def arms(_built, tmp_path_factory):
    """Start both and return an observer of each, by namespace."""
    observers = {side: Observer(side) for side in ("left", "right")}
    launch = Launch("console:=false", folder=tmp_path_factory.mktemp("graph"), file="two_arms.launch.py")
    try:
        for arm in observers.values():
            arm.wait_for(lambda arm=arm: arm.ready, "both arms are ready", 90.0)
        yield observers
    finally:
        launch.close()
        for arm in observers.values():
            arm.close()


def tell(side, sentence):
    """Give an instruction as the launch file's text says."""
    words = ["ros2", "run", "vla_ros", "instruct", "--ros-args", "-r", f"__ns:=/{side}", "--", sentence]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_both_arms_do_their_tasks_at_the_same_time(arms):
    told = [tell("left", "put the red cube in the left bin"), tell("right", "put the blue cube in the right bin")]
    outputs = [process.communicate(timeout=150)[0] for process in told]
    assert [process.returncode for process in told] == [0, 0], outputs
    left, right = arms["left"], arms["right"]
    assert left.is_inside("red cube", "left bin") and not left.is_inside("blue cube", "right bin")
    assert right.is_inside("blue cube", "right bin") and not right.is_inside("red cube", "left bin")


def test_a_stop_word_for_one_arm_leaves_the_other_at_work(arms):
    left, right = arms["left"], arms["right"]
    for arm in (left, right):
        arm.reset_scene(0)
        arm.instruct("put the red cube in the left bin")
    for arm in (left, right):
        arm.wait_for(arm.moves, "motion")
    left.instruct("stop")
    left.wait_for(lambda: left.safety.estop_latched and left.rests(), "the stop of the left arm", 5.0)
    ended = (TaskState.SUCCEEDED, TaskState.FAILED, TaskState.STOPPED)
    right.wait_for(lambda: right.state() in ended, "the end of the right arm's task", 120.0)
    assert right.state() == TaskState.SUCCEEDED, right.states[-1].error.message
    assert right.is_inside("red cube", "left bin")
    assert left.state() == TaskState.STOPPED and left.rests()


def test_each_arm_has_frames_of_its_own(arms):
    heard = {"left": [], "right": [], "": []}
    arms["left"].listen(TFMessage, "tf", heard["left"].append)
    arms["right"].listen(TFMessage, "tf", heard["right"].append)
    arms["left"].listen(TFMessage, "/tf", heard[""].append)
    for side in ("left", "right"):
        arms[side].wait_for(lambda side=side: heard[side], f"frames of the {side} arm")
    assert not heard[""], "nobody publishes where both would meet"
