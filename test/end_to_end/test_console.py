# SPDX-License-Identifier: Apache-2.0
"""The operator in a real browser: instruct, watch, stop, take over, jog, hand back; on a desk and on a phone."""

import socket
from pathlib import Path

import cv2
import numpy as np
import pytest
from sensor_msgs.msg import JointState
from test.browser import Browser, find_browser
from vla_msgs.msg import ErrorCode, SafetyState, TaskState
from vla_msgs.srv import InjectFault

from benchmarks.end_to_end_support.graph import Launch
from vla_ros.recording import BagReader, is_unfinished
from vla_sim.kinematics import Kinematics

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(find_browser() is None, reason="no Chromium is installed"),
]

ENDED = (TaskState.SUCCEEDED, TaskState.FAILED, TaskState.STOPPED)
ACCELERATION_RAD_S2 = 15.0  # of the joints, measured; safety allows 8, the rest is noise of differences


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Return where the bags go."""
    return tmp_path_factory.mktemp("graph")


@pytest.fixture(scope="module")
def launched(observer, port, folder):
    """Start the graph with its console."""
    launch = Launch("policy:=scripted", "record:=true", f"console_port:={port}", folder=folder)
    yield launch
    launch.close()
    observer.ready = False


@pytest.fixture
def idle(robot):
    """Return the robot, and leave it without a task or a stop behind."""
    yield robot
    if robot.states and robot.state() not in ENDED:
        robot.instruct("stop")
        robot.wait_for(lambda: robot.state() in ENDED and robot.rests(), "the end of the task")
    robot.instruct("resume")
    robot.wait_for(lambda: not robot.safety.estop_latched, "the release of the stop")


@pytest.fixture
def desk(idle, robot, launched, port, tmp_path):
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


def bags_below(folder: Path) -> list[Path]:
    """Return the bags in a folder."""
    return [path for path in folder.iterdir() if any(path.glob("*.mcap"))]


def picture_of(desk: Browser, selector: str, index: int, folder: Path) -> np.ndarray:
    """Return how one of the elements of a CSS selector looks now."""
    desk.screenshot(folder / "part.png", desk.box(selector, index))
    return shown(folder / "part.png")


def differ(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two pictures show different things."""
    return one.shape != other.shape or np.abs(one.astype(int) - other).mean() > 0.2


def test_a_session_at_the_desk(desk, robot, tmp_path):
    desk.type_into("Instruction", "put the red cube in the left bin, then put the blue cube in the right bin")
    desk.click("Do it")
    robot.wait_for(robot.moves, "the arm moves after the click")
    desk.wait_for_text("running")
    desk.click("STOP")
    robot.wait_for(lambda: robot.safety.estop_latched and robot.rests(), "the stop", 3.0)
    robot.wait_for(lambda: robot.state() == TaskState.STOPPED, "the task was stopped on its way")
    desk.wait_for_text("STOPPED")
    desk.click("Release the stop")
    robot.wait_for(lambda: not robot.safety.estop_latched, "the release")
    assert robot.rests(), "nothing moves by the release"

    motion = Motion(robot)
    desk.click_until("Jog", lambda: desk.labels("Take over"), "the tab opens")
    desk.click_until("Take over", lambda: robot.safety.source == "teleop", "safety follows the operator")
    desk.wait_for_text("+z")
    goal = tool_position(robot)
    for choice, step in (("+z", [0.0, 0.0, 0.02]), ("+z", [0.0, 0.0, 0.02]), ("+y", [0.0, 0.02, 0.0])):
        goal = goal + step
        desk.click(choice)
        near = robot.wait_until(lambda goal=goal: np.linalg.norm(tool_position(robot) - goal) < 0.005, 20.0)
        assert near, f"{choice}: the tool is {tool_position(robot) - goal} m off, safety: {robot.safety.reason}"
    desk.screenshot(tmp_path / "jog.png")
    desk.click_until("Hand back", lambda: robot.safety.source != "teleop", "the hand-back")
    desk.wait_for_text("Take over")
    robot.wait_for(robot.rests, "rest")
    assert motion.largest_acceleration() < ACCELERATION_RAD_S2, "taken and handed back without a jump"

    robot.reset_scene(0)
    robot.states.clear()
    desk.type_into("Instruction", "put the blue cube in the right bin")
    desk.click("Do it")
    desk.screenshot(tmp_path / "running.png")
    assert shown(tmp_path / "running.png").std() > 20.0, "a scene is drawn"
    robot.wait_for(lambda: robot.state() == TaskState.SUCCEEDED, "success after the takeover")
    assert robot.is_inside("blue cube", "right bin")


def test_takeover_while_a_task_runs_moves_the_arm_without_a_jump(desk, robot):
    motion = Motion(robot)
    desk.click_until("Jog", lambda: desk.labels("Take over"), "the tab opens")
    desk.type_into("Instruction", "put the red cube in the left bin, then put the blue cube in the right bin")
    desk.click("Do it")
    robot.wait_for(robot.moves, "the task moves the arm")
    desk.click_until("Take over", lambda: robot.safety.source == "teleop", "safety follows the operator")
    robot.wait_for(lambda: "a person has the arm" in robot.states[-1].detail, "the task pauses")
    desk.click_until("Hand back", lambda: robot.safety.source != "teleop", "the hand-back")
    robot.wait_for(lambda: robot.state() in ENDED, "the task goes on and ends", 120.0)
    assert robot.state() == TaskState.SUCCEEDED, robot.states[-1].error.message
    assert robot.is_inside("red cube", "left bin") and robot.is_inside("blue cube", "right bin")
    assert motion.largest_acceleration() < ACCELERATION_RAD_S2
    assert robot.safety.grade != SafetyState.ESTOPPED


def test_questions_are_answered_by_a_button(desk, robot, tmp_path):
    robot.instruct("put the red cube in the left bin")
    robot.wait_for(robot.moves, "motion")
    fault = InjectFault.Request
    assert robot.call(InjectFault, "sim/inject_fault", fault=fault.FAULT_CAMERA_DROP, target="scene").success
    try:
        robot.wait_for(lambda: robot.state() == TaskState.ASKING, "a question about the camera that is gone")
        desk.wait_for_text("The robot asks")
        desk.screenshot(tmp_path / "question.png")
        desk.click("give up")
        robot.wait_for(lambda: robot.state() == TaskState.FAILED, "the end")
        assert robot.states[-1].error.code == ErrorCode.OBSERVATION_LOST
        desk.wait_for(lambda: not desk.labels("give up"), "the question goes away")
    finally:
        assert robot.call(InjectFault, "sim/inject_fault", fault=fault.FAULT_CLEAR).success


def test_recording_is_switched_on_and_off(desk, robot, folder):
    desk.click("Record")  # nothing is recorded while there is no task
    desk.wait_for_text("records episode_")
    (bag,) = (bag for bag in bags_below(folder) if is_unfinished(bag))
    desk.wait_for_text(f"records {bag.name}")
    desk.click("Stop recording")
    desk.wait_for(lambda: desk.labels("Record") == ["Record"], "the end of the recording")
    robot.wait_for(lambda: not is_unfinished(bag), "the bag is whole")
    with BagReader(bag) as reader:
        assert any(True for _ in reader.messages(["/joint_states"]))


@pytest.mark.parametrize(("tab", "drawn"), [("Cameras", "img"), ("Charts", ".uplot canvas")])
def test_tab_shows_two_pictures_that_follow_the_robot(desk, robot, tab, drawn, tmp_path):
    desk.click(tab)
    desk.wait_for(lambda: desk.count(drawn) == 2, f"two pictures in {tab}")
    desk.box(drawn, 1)  # scrolled to
    assert desk.is_in_view("STOP"), "wherever one scrolls"
    before = [picture_of(desk, drawn, index, tmp_path) for index in range(2)]
    assert all(picture.std() > 5.0 for picture in before), "something is drawn"
    robot.instruct("put the red cube in the left bin")
    robot.wait_for(robot.moves, "motion")
    for index, picture in enumerate(before):

        def changes(index=index, picture=picture) -> bool:
            return differ(picture_of(desk, drawn, index, tmp_path), picture)

        desk.wait_for(changes, f"{tab} {index} changes")
    desk.screenshot(tmp_path / f"{tab}.png")


def test_the_phone_has_stop_in_view_and_it_works(idle, robot, launched, port, tmp_path):
    robot.wait_for(lambda: "operator console:" in launched.output, "the console")
    phone = Browser(tmp_path / "phone", 390, 844, phone=True)
    try:
        phone.open(f"http://localhost:{port}")
        phone.wait_for_text("STOP")
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390, "nothing is cut off at the side"
        phone.wait_for(lambda: phone.is_in_view("STOP"), "STOP one click away, without scrolling")
        robot.instruct("put the red cube in the left bin, then put the blue cube in the right bin")
        robot.wait_for(robot.moves, "motion")
        phone.click("STOP")
        robot.wait_for(lambda: robot.safety.estop_latched and robot.rests(), "the stop", 3.0)
        robot.wait_for(lambda: robot.state() == TaskState.STOPPED, "the task was stopped on its way")
        phone.wait_for_text("STOPPED")
        phone.screenshot(tmp_path / "phone.png")
        phone.click("Release the stop")
        robot.wait_for(lambda: not robot.safety.estop_latched, "the release")
    finally:
        phone.close()
