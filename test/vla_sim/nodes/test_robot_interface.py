# SPDX-License-Identifier: Apache-2.0
"""What the drivers of arm and hand offer besides trajectories: mode and errors, recovery, gripper, wrench."""

import numpy as np
import pytest
from action_msgs.msg import GoalStatus
from builtin_interfaces.msg import Duration
from control_msgs.action import FollowJointTrajectory, GripperCommand
from franka_msgs.action import ErrorRecovery, Grasp, Homing, Move
from franka_msgs.msg import FrankaRobotState
from geometry_msgs.msg import WrenchStamped
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger
from test.vla_sim.nodes.graph import Graph, seconds
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint
from vla_msgs.msg import GroundTruth, ObjectState
from vla_msgs.srv import InjectFault, ResetScene, SetObjects

from rclpy.action import ActionClient

pytestmark = [pytest.mark.graph, pytest.mark.timeout(300)]
STEP_S = 0.01
ACTIONS = {
    "franka_gripper/gripper_action": GripperCommand,
    "franka_gripper/move": Move,
    "franka_gripper/grasp": Grasp,
    "franka_gripper/homing": Homing,
    "action_server/error_recovery": ErrorRecovery,
    "fr3_arm_controller/follow_joint_trajectory": FollowJointTrajectory,
}
FOLLOW = "fr3_arm_controller/follow_joint_trajectory"


class Robot:
    """A simulated robot in lock step, by its ROS interface."""

    def __init__(self):
        scene = "config/scenes/pick_and_place.yaml"
        self.graph = graph = Graph("lockstep:=true", f"step_s:={STEP_S}", f"scene:={scene}", "cameras:=false")
        self.arm = graph.listen("franka_robot_state_broadcaster/robot_state", FrankaRobotState)
        self.hand = graph.listen("franka_gripper/joint_states", JointState)
        self.wrench = graph.listen("franka_robot_state_broadcaster/external_wrench_in_base_frame", WrenchStamped)
        self.truth = graph.listen("sim/ground_truth", GroundTruth)
        self.clients = {name: ActionClient(graph.node, kind, name) for name, kind in ACTIONS.items()}
        for name, client in self.clients.items():
            graph.until(client.server_is_ready, name)
        graph.until(lambda: graph.node.count_publishers("franka_robot_state_broadcaster/robot_state"), "the state")

    def step(self, count=1):
        """Let time pass, and wait for the state at its end."""
        for _ in range(count):
            answer = self.graph.call(Trigger, "sim/step")
        now_s = int(answer.message.split("=")[1]) * 1e-9
        self.graph.until(
            lambda: self.arm and seconds(self.arm[-1].header.stamp) > now_s - 2.5 * STEP_S, "the state of now"
        )
        return now_s

    def reset(self):
        assert self.graph.call(ResetScene, "sim/reset_scene", ResetScene.Request(seed=1)).success
        self.step(8)

    def start(self, name, **fields):
        """Send a goal; return its handle."""
        future = self.clients[name].send_goal_async(ACTIONS[name].Goal(**fields))
        self.graph.until(future.done, f"an answer of {name}")
        return future.result()

    def finish(self, handle):
        """Let time pass until a goal is over; return its answer and how long it took [s]."""
        future, begin_s = handle.get_result_async(), self.step()
        now_s = begin_s
        while not future.done() and now_s < begin_s + 20.0:
            now_s = self.step()
        self.graph.until(future.done, "the goal's result")
        return future.result(), now_s - begin_s

    def cancel(self, handle):
        future = handle.cancel_goal_async()
        self.graph.until(future.done, "an answer to the cancellation")

    @property
    def width_m(self):
        return sum(self.hand[-1].position)

    def toward(self, change, duration_s):
        """Return a smooth trajectory of every joint by ``change`` [rad]."""
        state = self.arm[-1].desired_joint_state
        point = JointTrajectoryPoint(positions=(np.array(state.position) + change).tolist())
        point.velocities = point.accelerations = [0.0] * 7
        point.time_from_start = Duration(sec=int(duration_s), nanosec=round(duration_s % 1.0 * 1e9))
        return JointTrajectory(joint_names=list(state.name), points=[point])


@pytest.fixture(scope="module")
def robot():
    robot = Robot()
    try:
        yield robot
    finally:
        robot.graph.close()


@pytest.fixture(autouse=True)
def fresh(robot):
    robot.reset()


def test_robot_state_tells_joints_tool_and_mode(robot):
    state = robot.arm[-1]
    assert state.robot_mode == FrankaRobotState.ROBOT_MODE_MOVE
    assert list(state.measured_joint_state.name) == [f"fr3_joint{index}" for index in range(1, 8)]
    np.testing.assert_allclose(state.measured_joint_state.position, state.desired_joint_state.position, atol=1e-4)
    tool, wanted = state.o_t_ee.pose.position, state.o_t_ee_d.pose.position
    np.testing.assert_allclose([tool.x, tool.y, tool.z], [0.40, 0.0, 0.26], atol=1e-3)
    np.testing.assert_allclose([tool.x, tool.y, tool.z], [wanted.x, wanted.y, wanted.z], atol=1e-4)
    assert state.o_t_ee.header.frame_id == "fr3_link0"


def test_reflex_is_an_error_of_the_robot_until_error_recovery_clears_it(robot):
    handle = robot.start(FOLLOW, trajectory=robot.toward(0.1, 1.0))
    robot.step(20)
    assert robot.graph.call(InjectFault, "sim/inject_fault", InjectFault.Request(fault="reflex")).success
    answer, _ = robot.finish(handle)
    assert answer.status == GoalStatus.STATUS_ABORTED
    state = robot.arm[-1]
    assert state.robot_mode == FrankaRobotState.ROBOT_MODE_REFLEX
    assert state.current_errors.joint_reflex
    assert not robot.start(FOLLOW, trajectory=robot.toward(0.05, 1.0)).accepted
    recovery, _ = robot.finish(robot.start("action_server/error_recovery"))
    assert recovery.status == GoalStatus.STATUS_SUCCEEDED
    robot.step(2)
    state = robot.arm[-1]
    assert state.robot_mode == FrankaRobotState.ROBOT_MODE_MOVE
    assert not state.current_errors.joint_reflex
    assert state.last_motion_errors.joint_reflex
    answer, _ = robot.finish(robot.start(FOLLOW, trajectory=robot.toward(0.05, 1.0)))
    assert answer.status == GoalStatus.STATUS_SUCCEEDED


def test_commanded_jump_names_its_own_error(robot):
    answer, _ = robot.finish(robot.start(FOLLOW, trajectory=robot.toward(0.3, 0.1)))
    assert answer.status == GoalStatus.STATUS_ABORTED
    errors = robot.arm[-1].current_errors
    assert (
        errors.joint_motion_generator_acceleration_discontinuity or errors.joint_motion_generator_velocity_discontinuity
    )
    assert not errors.joint_reflex


def test_cancelling_at_speed_stops_the_arm_as_a_reflex_does(robot):
    handle = robot.start(FOLLOW, trajectory=robot.toward(0.3, 1.5))
    robot.step(70)
    robot.cancel(handle)
    answer, _ = robot.finish(handle)
    assert answer.status == GoalStatus.STATUS_CANCELED
    robot.step(30)
    assert robot.arm[-1].robot_mode == FrankaRobotState.ROBOT_MODE_REFLEX
    assert np.abs(robot.arm[-1].measured_joint_state.velocity).max() < 1e-3


def test_gripper_action_arrives_after_the_time_that_the_way_takes(robot):
    goal = GripperCommand.Goal().command
    goal.position = 0.015  # of one finger
    answer, took_s = robot.finish(robot.start("franka_gripper/gripper_action", command=goal))
    assert answer.status == GoalStatus.STATUS_SUCCEEDED
    assert answer.result.reached_goal
    assert not answer.result.stalled
    assert answer.result.position == pytest.approx(0.015, abs=1e-3)
    assert took_s > 0.9 * (0.08 - 0.03) / 0.1  # 50 mm/s each finger


def hold_something(robot):
    """Put a cube between fingers that are just wide enough."""
    answer, _ = robot.finish(robot.start("franka_gripper/move", width=0.046, speed=0.1))
    assert answer.result.success
    robot.step(5)
    name = next(item.name for item in robot.truth[-1].objects if item.shape == "cube")
    tool = robot.arm[-1].o_t_ee.pose.position
    cube = ObjectState(name=name, size=[0.02, 0.02, 0.02])
    cube.pose.position.x, cube.pose.position.y, cube.pose.position.z = tool.x, tool.y, tool.z + 0.005
    cube.pose.orientation.w = 1.0
    assert robot.graph.call(SetObjects, "sim/set_objects", SetObjects.Request(objects=[cube])).success
    return name


def grasp(width_m):
    goal = Grasp.Goal()
    goal.epsilon.inner = goal.epsilon.outer = 0.005
    return {"width": width_m, "speed": 0.1, "force": 30.0, "epsilon": goal.epsilon}


def test_gripper_action_on_an_object_stalls_and_holds_it(robot):
    name = hold_something(robot)
    goal = GripperCommand.Goal().command
    goal.position, goal.max_effort = 0.0, 30.0
    answer, _ = robot.finish(robot.start("franka_gripper/gripper_action", command=goal))
    assert answer.status == GoalStatus.STATUS_SUCCEEDED
    assert answer.result.stalled
    assert not answer.result.reached_goal
    assert answer.result.position == pytest.approx(0.02, abs=2e-3)
    robot.step(5)
    assert robot.truth[-1].grasped == name


def test_grasp_succeeds_on_an_object_of_its_width_and_dropping_it_is_a_fault(robot):
    name = hold_something(robot)
    answer, _ = robot.finish(robot.start("franka_gripper/grasp", **grasp(0.04)))
    assert answer.result.success, answer.result.error
    robot.step(5)
    assert robot.truth[-1].grasped == name
    assert robot.graph.call(InjectFault, "sim/inject_fault", InjectFault.Request(fault="drop_object")).success
    robot.step(60)
    assert robot.truth[-1].grasped == ""
    assert robot.width_m > 0.06


def test_grasp_fails_where_the_fingers_stop_at_another_width(robot):
    hold_something(robot)
    answer, _ = robot.finish(robot.start("franka_gripper/grasp", **grasp(0.02)))
    assert answer.status == GoalStatus.STATUS_ABORTED
    assert not answer.result.success
    assert answer.result.error


def test_homing_ends_open(robot):
    answer, took_s = robot.finish(robot.start("franka_gripper/homing"))
    assert answer.result.success
    robot.step(5)
    assert robot.width_m == pytest.approx(0.08, abs=2e-3)
    assert took_s > 1.4


@pytest.mark.parametrize("how", ["stop", "cancel", "another motion"])
def test_motion_of_the_hand_ends_early(robot, how):
    handle = robot.start("franka_gripper/move", width=0.0, speed=0.04)
    robot.step(50)
    if how == "stop":
        assert robot.graph.call(Trigger, "franka_gripper/stop").success
    elif how == "cancel":
        robot.cancel(handle)
    else:
        assert robot.start("franka_gripper/move", width=0.07, speed=0.1).accepted
    answer, _ = robot.finish(handle)
    expected = GoalStatus.STATUS_CANCELED if how == "cancel" else GoalStatus.STATUS_ABORTED
    assert answer.status == expected
    assert not answer.result.success
    robot.step(60)
    wanted_m = 0.07 if how == "another motion" else 0.06
    assert robot.width_m == pytest.approx(wanted_m, abs=4e-3)


def test_wrench_is_small_while_nothing_is_touched(robot):
    robot.step(20)
    wrench = robot.wrench[-1]
    assert wrench.header.frame_id == "fr3_link0"
    assert np.abs([wrench.wrench.force.x, wrench.wrench.force.y, wrench.wrench.force.z]).max() < 1.0
