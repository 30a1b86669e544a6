# SPDX-License-Identifier: Apache-2.0
"""In lock step the same seed and the same commands give the same messages, byte for byte, twice."""

import hashlib

import numpy as np
import pytest
from builtin_interfaces.msg import Duration, Time
from control_msgs.msg import JointTrajectoryControllerState
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped, WrenchStamped
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image, JointState
from std_srvs.srv import Trigger
from test.vla_sim.nodes.graph import SENSOR, Graph
from tf2_msgs.msg import TFMessage
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint
from vla_msgs.msg import GroundTruth

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
}
CAMERAS = ("scene/image_raw", "wrist/image_raw", "scene/camera_info")
STEPS, COMMAND_AT, STEP_S = 25, 5, 0.02
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


def accepted(diagnostics):
    """Return how many commands the arm took, by the newest diagnostics."""
    values = [
        value.value
        for message in diagnostics[-1:]
        for status in message.status
        for value in status.values
        if status.name.endswith(": arm") and value.key == "accepted"
    ]
    return int(values[0]) if values else 0


def record(seed):
    """Run and return the digest of every message, by topic."""
    graph = Graph("lockstep:=true", f"step_s:={STEP_S}", f"seed:={seed}", "camera_width:=64", "camera_height:=64")
    try:
        heard = {
            topic: graph.listen(topic, kind, SENSOR if kind in (Image, CameraInfo) else 100, raw=True)
            for topic, kind in TOPICS.items()
        }
        states = graph.listen("states", JointState)
        graph.node.create_subscription(JointState, "joint_states", states.append, 10)
        diagnostics = graph.listen("/diagnostics", DiagnosticArray)
        commands = graph.node.create_publisher(JointTrajectory, "fr3_arm_controller/joint_trajectory", 1)
        graph.until(lambda: commands.get_subscription_count() > 0, "the controller")
        graph.until(lambda: all(graph.node.count_publishers(topic) for topic in TOPICS), "every publisher")
        for step in range(STEPS):
            if step == COMMAND_AT:
                commands.publish(trajectory(np.array(states[0].position[:7]), 1_150_000_000))
                graph.until(lambda: accepted(diagnostics) == 1, "the command")
            answer = graph.call(Trigger, "sim/step")
            assert answer.success, answer.message
        assert answer.message == f"stamp_ns={1_000_000_000 + round(STEPS * STEP_S * 1e9)}"
        graph.until(lambda: len(heard["/clock"]) >= STEPS * STEP_S / 0.002, "every message")
        graph.until(lambda: len(heard["scene/image_raw"]) >= PICTURES, "every picture")
        graph.until(lambda: len(heard["wrist/image_raw"]) >= PICTURES, "every picture")
        moved = states[-1].position[0] - states[0].position[0]
    finally:
        graph.close()
    return {topic: [hashlib.sha256(message).hexdigest() for message in heard[topic]] for topic in TOPICS}, moved


def test_same_seed_and_commands_give_the_same_messages_twice():
    first, moved = record(3)
    second, _ = record(3)
    assert moved > 0.04
    for topic in TOPICS:
        assert len(first[topic]) > 5, topic
        assert first[topic] == second[topic], topic


def test_another_seed_gives_other_pictures():
    assert record(3)[0]["scene/image_raw"] != record(4)[0]["scene/image_raw"]
