# SPDX-License-Identifier: Apache-2.0
"""Preflight against a live graph: ready where a robot is as the contract says, and the fault named where it is not."""

import time
from pathlib import Path

import pytest
from control_msgs.action import GripperCommand
from control_msgs.msg import JointTrajectoryControllerState
from sensor_msgs.msg import Image, JointState
from trajectory_msgs.msg import JointTrajectory

import rclpy
from rclpy.action import ActionServer
from rclpy.executors import SingleThreadedExecutor
from vla_ros.contract import load_contract
from vla_ros.nodes.graph_probe import GraphProbe
from vla_ros.preflight import Verdict, run_checks

CONTRACT = load_contract(Path(__file__).parents[3] / "config" / "robots" / "franka.yaml")
HOME = [0.0, -0.785, 0.0, -2.356, 0.0, 1.571, 0.785]


class Robot:
    """Publishes what the contract names, as fast as it is told to."""

    def __init__(self, node, order=1):
        self._node = node
        self._images = [node.create_publisher(Image, topic, 1) for topic in ("scene/image_raw", "wrist/image_raw")]
        self._arm = node.create_publisher(JointState, "joint_states", 10)
        self._hand = node.create_publisher(JointState, "franka_gripper/joint_states", 10)
        self._state = node.create_publisher(JointTrajectoryControllerState, "fr3_arm_controller/controller_state", 10)
        self._commands = node.create_subscription(
            JointTrajectory, "fr3_arm_controller/joint_trajectory", lambda message: None, 1
        )
        self._gripper = ActionServer(node, GripperCommand, "franka_gripper/gripper_action", lambda goal: None)
        self._position = HOME[::order]

    def publish(self):
        stamp = self._node.get_clock().now().to_msg()
        names = list(CONTRACT.joints.names)
        image = Image(height=4, width=4, encoding="rgb8", step=12, data=bytes(48))
        arm = JointState(name=names, position=self._position, velocity=[0.0] * 7)
        hand = JointState(name=["fr3_finger_joint1", "fr3_finger_joint2"], position=[0.02, 0.02])
        state = JointTrajectoryControllerState(joint_names=names)
        for message in (image, arm, hand, state):
            message.header.stamp = stamp
        for publisher in self._images:
            publisher.publish(image)
        self._arm.publish(arm)
        self._hand.publish(hand)
        self._state.publish(state)


@pytest.fixture
def look():
    """Return a function that runs preflight beside a robot until every stream came 10 times."""
    rclpy.init(args=[])
    node, robot_node = rclpy.create_node("preflight"), rclpy.create_node("robot")
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    executor.add_node(robot_node)

    def look(**settings):
        robot = Robot(robot_node, **settings)
        topics = {f"/{stream.topic}" for stream in CONTRACT.streams}
        end = time.monotonic() + 60.0  # a limit for a hung test, not a wait
        probe = GraphProbe(node, CONTRACT)
        while not _is_complete(facts := probe.facts(), topics):
            assert time.monotonic() < end, "the robot was never seen"
            robot.publish()
            for _ in range(8):
                executor.spin_once(timeout_sec=0.002)
        probe.destroy()
        return run_checks(CONTRACT, facts)

    yield look
    executor.shutdown()
    node.destroy_node()
    robot_node.destroy_node()
    rclpy.shutdown()


def _is_complete(facts, topics):
    counts = [stream.messages for stream in facts.streams.values()]
    return min(counts) >= 10 and facts.controller.messages >= 10 and topics <= set(facts.publishers)


def _findings(checks):
    """What is wrong apart from the rate, which depends on how loaded the machine is."""
    return [(c.subject, c.name) for c in checks if c.verdict is not Verdict.OK and c.name not in ("rate", "state")]


def test_robot_as_the_contract_says_is_ready(look):
    checks = look()
    assert _findings(checks) == []
    assert {check.subject for check in checks} == {*(s.key for s in CONTRACT.streams), "controller", "gripper"}


def test_joints_in_the_wrong_order_are_noticed(look):
    assert _findings(look(order=-1)) == [("joints", "values")]
