# SPDX-License-Identifier: Apache-2.0
"""What the robot's drivers publish: joint states, tool pose, wrench, description, frames. And the ground truth."""

from __future__ import annotations

import numpy as np
from geometry_msgs.msg import PoseStamped, TransformStamped, WrenchStamped
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from vla_msgs.msg import GroundTruth as GroundTruthMessage

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from tf2_ros import StaticTransformBroadcaster, TransformBroadcaster
from vla_sim.description import FrameTransform, FrameTree, frame_name, robot_description
from vla_sim.limits import joint_names
from vla_sim.nodes.conversions import (
    header,
    joint_state_message,
    pose_message,
    set_wrench,
    time_message,
    transform_message,
)
from vla_sim.nodes.loop import Moment, SimulationLoop
from vla_sim.nodes.robot_state import RobotStatePublisher
from vla_sim.nodes.truth_messages import SceneIdentity, ground_truth_message
from vla_sim.rotation import quaternion_of
from vla_sim.state import RobotState
from vla_sim.wrench import external_wrench

__all__ = ["StatePublisher"]

HAND_HZ = 30.0  # franka_gripper's state publish rate
FRAMES_HZ = 50.0
CONVENIENCE_HZ = 50.0  # franka_robot_state_broadcaster's convenience topics
TRUTH_HZ = 30.0
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class _FramePublisher:
    """Frames of links, cameras and objects."""

    def __init__(self, node: Node, arm_id: str) -> None:
        self._arm_id = arm_id
        self._tree: FrameTree | None = None
        self._moving, self._fixed = TransformBroadcaster(node), StaticTransformBroadcaster(node)

    def on_reset(self, moment: Moment) -> None:
        """Publish the frames that do not move until the next reset."""
        self._tree = FrameTree(moment.simulation.model, self._arm_id)
        fixed = self._tree.fixed(moment.simulation.data)
        self._fixed.sendTransform([_stamped(moment.stamp_ns, frame) for frame in fixed])

    def on_moving(self, moment: Moment) -> None:
        """Publish the others. An observer of the loop."""
        if self._tree is not None:
            moving = self._tree.moving(moment.simulation.data)
            self._moving.sendTransform([_stamped(moment.stamp_ns, frame) for frame in moving])


def _stamped(stamp_ns: int, frame: FrameTransform) -> TransformStamped:
    return TransformStamped(
        header=header(stamp_ns, frame.parent),
        child_frame_id=frame.child,
        transform=transform_message(frame.translation, frame.quaternion_wxyz),
    )


class StatePublisher:
    """Publishers of the state; its methods are observers of the loop."""

    def __init__(self, node: Node, loop: SimulationLoop, arm_id: str, identity: SceneIdentity) -> None:
        self._identity = identity
        self._arm_joints = joint_names(arm_id)
        self._fingers = (f"{arm_id}_finger_joint1", f"{arm_id}_finger_joint2")
        self._base = frame_name(arm_id, "panda_link0")
        self._joints = node.create_publisher(JointState, "joint_states", 10)
        self._hand = node.create_publisher(JointState, "franka_gripper/joint_states", 10)
        broadcaster = "franka_robot_state_broadcaster"
        self._pose = node.create_publisher(PoseStamped, f"{broadcaster}/current_pose", 10)
        self._wrench = node.create_publisher(WrenchStamped, f"{broadcaster}/external_wrench_in_base_frame", 10)
        self._truth = node.create_publisher(GroundTruthMessage, "sim/ground_truth", 10)
        self._frames = _FramePublisher(node, arm_id)
        node.create_publisher(String, "robot_description", LATCHED).publish(String(data=robot_description(arm_id)))
        RobotStatePublisher(node, loop, arm_id)
        loop.observe(HAND_HZ, self._on_hand)
        loop.observe(FRAMES_HZ, self._frames.on_moving)
        loop.observe(CONVENIENCE_HZ, self._on_convenience)
        loop.observe(TRUTH_HZ, self._on_truth)

    def on_joints(self, moment: Moment) -> None:
        """Publish the joint states of arm and fingers."""
        state = moment.simulation.state()
        position, velocity, effort = self._finger_rows(state)
        self._joints.publish(
            joint_state_message(
                moment.stamp_ns,
                (*self._arm_joints, *self._fingers),
                np.concatenate([state.position, position]),
                np.concatenate([state.velocity, velocity]),
                np.concatenate([state.effort, effort]),
            )
        )

    def publish_fixed_frames(self, moment: Moment) -> None:
        """Publish the frames that do not move, anew after each reset: cameras are drawn too."""
        self._frames.on_reset(moment)

    def _on_hand(self, moment: Moment) -> None:
        rows = self._finger_rows(moment.simulation.state())
        self._hand.publish(joint_state_message(moment.stamp_ns, self._fingers, *rows))

    def _on_convenience(self, moment: Moment) -> None:
        state = moment.simulation.state()
        pose = pose_message(state.tool_position, quaternion_of(state.tool_rotation))
        self._pose.publish(PoseStamped(header=header(moment.stamp_ns, self._base), pose=pose))
        wrench = WrenchStamped(header=header(moment.stamp_ns, self._base))
        set_wrench(wrench.wrench, external_wrench(moment.simulation))
        self._wrench.publish(wrench)

    def _on_truth(self, moment: Moment) -> None:
        self._truth.publish(ground_truth_message(moment, self._base, self._identity))

    def _finger_rows(self, state: RobotState) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        half = np.full(2, 0.5)
        return state.gripper_width_m * half, state.gripper_velocity_m_s * half, np.zeros(2)


class ClockPublisher:
    """Publishes ``/clock`` after every slice where time is the simulation's own."""

    def __init__(self, node: Node) -> None:
        self._publisher = node.create_publisher(Clock, "/clock", 1)

    def on_slice(self, moment: Moment) -> None:
        """Publish. An observer of the loop."""
        self._publisher.publish(Clock(clock=time_message(moment.stamp_ns)))
