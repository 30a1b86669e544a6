# SPDX-License-Identifier: Apache-2.0
"""The operator in a real browser: instruct, watch, stop, take over, jog, hand back; on a desk and on a phone."""

import itertools
import socket
from pathlib import Path

import cv2
import numpy as np
import pytest
from sensor_msgs.msg import JointState
from test.browser import Browser, find_browser
from vla_msgs.msg import SafetyState, TaskState

from benchmarks.end_to_end_support.graph import Launch
from vla_sim.kinematics import Kinematics

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(find_browser() is None, reason="no Chromium is installed"),
]

ACCELERATION_RAD_S2 = 15.0  # of the joints, measured; safety allows 8, the rest is noise of differences


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def launched(observer, port, tmp_path_factory):
    """Start the graph with its console."""
    folder = tmp_path_factory.mktemp("graph")
    launch = Launch("record:=true", f"console_port:={port}", folder=folder)
    yield launch
    launch.close()
    observer.ready = False


@pytest.fixture
def desk(robot, launched, port, tmp_path):
    """Return the console on a desktop screen."""
    robot.wait_for(lambda: "operator console:" in launched.output, "the console")
    browser = Browser(tmp_path / "desk", 1100, 720)
    browser.open(f"http://localhost:{port}")
    browser.wait_for_text("STOP")
    browser.wait_for_text("ready")
    yield browser
    browser.close()


class Motion:
    """Keeps what the joints did since it was made."""

    def __init__(self, robot) -> None:
        self._rows: list[tuple[float, np.ndarray]] = []
        robot.listen(JointState, "joint_states", self._on_joints)

    def _on_joints(self, message: JointState) -> None:
        stamp = message.header.stamp
        self._rows.append((stamp.sec + 1e-9 * stamp.nanosec, np.array(message.velocity[:7])))

    def largest_acceleration(self) -> float:
        """Return the largest change of a joint's speed over 20 ms [rad/s²]."""
        times = np.array([time for time, _ in self._rows])
        grid = np.arange(times[0], times[-1], 0.02)
        speeds = np.stack([np.interp(grid, times, column) for column in np.stack([v for _, v in self._rows]).T])
        return float(np.abs(np.diff(speeds)).max() / 0.02)


def tool_position(robot) -> np.ndarray:
    """Return where the tool is in the base [m], by the measured joints."""
    return Kinematics().tool(robot.position_rad).position


def shown(path: Path) -> np.ndarray:
    """Return a screenshot."""
    picture = cv2.imread(str(path))
    assert picture is not None
    return picture


def test_a_session_at_the_desk(desk, robot, tmp_path):
    desk.type_into("Instruction", "put the red cube in the left bin")
    desk.click("Do it")
    robot.wait_for(robot.moves, "the arm moves after the click")
    desk.wait_for_text("put the red cube in the left bin")
    desk.wait_for_text("running")
    desk.screenshot(tmp_path / "running.png")
    assert shown(tmp_path / "running.png").std() > 20.0, "a scene is drawn"

    desk.click("STOP")
    took_s = robot.wait_for(robot.rests, "the arm at rest", 3.0)
    assert took_s < 3.0
    robot.wait_for(lambda: robot.safety.estop_latched, "the latched stop")
    desk.wait_for_text("STOPPED")
    desk.click("Release the stop")
    robot.wait_for(lambda: not robot.safety.estop_latched, "the release")
    assert robot.rests(), "nothing moves by the release"

    motion = Motion(robot)
    desk.click("Jog")
    desk.click("Take over")
    desk.wait_for_text("Hand back")
    robot.wait_for(lambda: robot.safety.source == "teleop", "safety follows the operator")
    desk.wait_for_text("+z")
    goal = tool_position(robot)
    for choice, step in (("+z", [0.0, 0.0, 0.02]), ("+z", [0.0, 0.0, 0.02]), ("+y", [0.0, 0.02, 0.0])):
        goal = goal + step
        desk.click(choice)
        near = robot.wait_until(lambda goal=goal: np.linalg.norm(tool_position(robot) - goal) < 0.005, 20.0)
        assert near, f"{choice}: the tool is {tool_position(robot) - goal} m off, safety: {robot.safety.reason}"
    desk.screenshot(tmp_path / "jog.png")
    desk.click("Hand back")
    desk.wait_for_text("Take over")
    robot.wait_for(lambda: robot.safety.source != "teleop" and robot.rests(), "the hand-back")
    assert motion.largest_acceleration() < ACCELERATION_RAD_S2, "taken and handed back without a jump"

    robot.reset_scene(0)
    robot.states.clear()
    desk.type_into("Instruction", "put the blue cube in the right bin")
    desk.click("Do it")
    robot.wait_for(lambda: robot.state() == TaskState.SUCCEEDED, "success after the takeover")
    assert robot.is_inside("blue cube", "right bin")


def test_takeover_while_a_task_runs_moves_the_arm_without_a_jump(desk, robot):
    motion = Motion(robot)
    desk.click("Jog")
    desk.type_into("Instruction", "put the green cube in the left bin")
    desk.click("Do it")
    robot.wait_for(robot.moves, "the task moves the arm")
    desk.click("Take over")
    robot.wait_for(lambda: robot.safety.source == "teleop", "safety follows the operator")
    desk.click("Hand back")
    robot.wait_for(lambda: robot.safety.source != "teleop", "the hand-back")
    ended = (TaskState.SUCCEEDED, TaskState.FAILED, TaskState.ASKING)
    robot.wait_for(lambda: robot.state() in ended, "the task goes on and ends, or asks", 120.0)
    assert motion.largest_acceleration() < ACCELERATION_RAD_S2
    assert robot.safety.grade != SafetyState.ESTOPPED


def test_questions_are_answered_by_a_button(desk, robot):
    robot.instruct("put the cube in the bin")
    robot.wait_for(lambda: robot.state() in (TaskState.ASKING, TaskState.FAILED), "a question or an answer")
    if robot.state() == TaskState.ASKING:
        desk.wait_for_text("The robot asks")
        desk.click("give up")
        robot.wait_for(lambda: robot.state() == TaskState.FAILED, "the end")


def test_recording_is_switched_on_and_off(desk, robot, tmp_path):
    desk.click("Record")
    desk.wait_for_text("Stop recording")
    desk.click(next(iter(desk.labels("Stop recording"))))
    robot.wait_for(lambda: "Record" in desk.labels("Record"), "the end of the recording")


@pytest.mark.parametrize("tab", ["Cameras", "Charts", "Jog"])
def test_every_tab_shows_something_on_the_desk(desk, tab, tmp_path):
    desk.screenshot(tmp_path / "before.png")
    desk.click(tab)
    picture = tmp_path / f"{tab}.png"
    for _ in itertools.count():
        desk.screenshot(picture)
        if np.abs(shown(picture).astype(int) - shown(tmp_path / "before.png")).mean() > 0.2:
            break


def test_the_phone_has_stop_in_view_and_it_works(robot, launched, port, tmp_path):
    robot.wait_for(lambda: "operator console:" in launched.output, "the console")
    phone = Browser(tmp_path / "phone", 390, 844, phone=True)
    try:
        phone.open(f"http://localhost:{port}")
        phone.wait_for_text("STOP")
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390, "nothing is cut off at the side"
        robot.instruct("put the red cube in the left bin")
        robot.wait_for(robot.moves, "motion")
        phone.screenshot(tmp_path / "phone.png")
        phone.wait_for(lambda: phone.is_in_view("STOP"), "STOP one click away, without scrolling")
        phone.click("STOP")
        robot.wait_for(lambda: robot.safety.estop_latched and robot.rests(), "the stop", 3.0)
        phone.wait_for_text("Release the stop")
        phone.click("Release the stop")
        robot.wait_for(lambda: not robot.safety.estop_latched, "the release")
    finally:
        phone.close()
