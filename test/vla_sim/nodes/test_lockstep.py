# SPDX-License-Identifier: Apache-2.0
"""In lock step the same seed and the same commands give the same messages, byte for byte, twice."""

import hashlib

import numpy as np
import pytest
from builtin_interfaces.msg import Duration, Time
from control_msgs.msg import JointTrajectoryControllerState
from control_msgs.srv import QueryTrajectoryState
from diagnostic_msgs.msg import DiagnosticArray
from franka_msgs.msg import FrankaRobotState
from geometry_msgs.msg import PoseStamped, WrenchStamped
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image, JointState
from std_msgs.msg import String
from std_srvs.srv import Trigger
from test.vla_sim.nodes.graph import SENSOR, Graph
from tf2_msgs.msg import TFMessage
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint
from vla_msgs.msg import GroundTruth

from rclpy.qos import DurabilityPolicy, QoSProfile

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
TOPICS = {
    "joint_states": JointState,
    "franka_gripper/joint_states": JointState,
    "fr3_arm_controller/controller_state": JointTrajectoryControllerState,
    "franka_robot_state_broadcaster/current_pose": PoseStamped,
    "franka_robot_state_broadcaster/external_wrench_in_base_frame": WrenchStamped,
    "sim/ground_truth": GroundTruth,
    "/tf": TFMessage,
    "/clock": Clock,
    "scene/image_raw": Image,
    "wrist/image_raw": Image,
    "scene/camera_info": CameraInfo,
    "wrist/camera_info": CameraInfo,
    "franka_robot_state_broadcaster/robot_state": FrankaRobotState,
    "/diagnostics": DiagnosticArray,
}
LATCHED = {"/tf_static": TFMessage, "robot_description": String}  # one message each
STEPS, COMMAND_AT, STEP_S = 60, 5, 0.02
KEPT = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
PICTURES = int(STEPS * STEP_S * 30.0)


def trajectory(start, stamp_ns):
    points = [
        JointTrajectoryPoint(
            positions=(start + change).tolist(),
            velocities=[0.0] * 7,
            accelerations=[0.0] * 7,
            time_from_start=Duration(sec=0, nanosec=nanosec),
        )
        for change, nanosec in ((0.0, 0), (0.05, 300_000_000))
    ]
    message = JointTrajectory(joint_names=[f"fr3_joint{index}" for index in range(1, 8)], points=points)
    message.header.stamp = Time(sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9)
    return message


def command(graph, publisher, home):
    """Send a trajectory and wait until the controller says that the arm will be elsewhere at its end."""
    publisher.publish(trajectory(home, 1_150_000_000))
    request = QueryTrajectoryState.Request(time=Time(sec=1, nanosec=450_000_000))
    query = "fr3_arm_controller/query_state"
    graph.until(lambda: graph.call(QueryTrajectoryState, query, request).position[0] > home[0] + 0.04, "the command")


def record(seed):
    """Run and return the digest of every message, by topic."""
    graph = Graph("lockstep:=true", f"step_s:={STEP_S}", f"seed:={seed}", "camera_width:=64", "camera_height:=64")
    try:
        heard = {
            topic: graph.listen(topic, kind, SENSOR if kind in (Image, CameraInfo) else 100, raw=True)
            for topic, kind in TOPICS.items()
        }
        heard |= {topic: graph.listen(topic, kind, KEPT, raw=True) for topic, kind in LATCHED.items()}
        states = graph.listen("states", JointState)
        graph.node.create_subscription(JointState, "joint_states", states.append, 10)
        commands = graph.node.create_publisher(JointTrajectory, "fr3_arm_controller/joint_trajectory", 1)
        graph.until(lambda: commands.get_subscription_count() > 0, "the controller")
        graph.until(lambda: all(graph.node.count_publishers(topic) for topic in heard), "every publisher")
        for step in range(STEPS):
            if step == COMMAND_AT:
                command(graph, commands, np.array(states[0].position[:7]))
            answer = graph.call(Trigger, "sim/step")
            assert answer.success, answer.message
        assert answer.message == f"stamp_ns={1_000_000_000 + round(STEPS * STEP_S * 1e9)}"
        graph.until(lambda: len(heard["/clock"]) >= STEPS * STEP_S / 0.002, "every message")
        graph.until(lambda: len(heard["scene/image_raw"]) >= PICTURES, "every picture")
        graph.until(lambda: len(heard["wrist/image_raw"]) >= PICTURES, "every picture")
        moved = states[-1].position[0] - states[0].position[0]
    finally:
        graph.close()
    return {topic: [hashlib.sha256(message).hexdigest() for message in rows] for topic, rows in heard.items()}, moved


@pytest.fixture(scope="module")
def first():
    return record(3)


def test_same_seed_and_commands_give_the_same_messages_twice(first):
    digests, moved = first
    again, _ = record(3)
    assert moved > 0.04
    for topic in digests:
        assert len(digests[topic]) > (0 if topic in LATCHED or topic == "/diagnostics" else 5), topic
        assert digests[topic] == again[topic], topic


def test_another_seed_gives_other_pictures(first):
    assert first[0]["scene/image_raw"] != record(4)[0]["scene/image_raw"]
