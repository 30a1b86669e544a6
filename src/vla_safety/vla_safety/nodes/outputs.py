# SPDX-License-Identifier: Apache-2.0
"""Stock controllers, one class each: how a verified motion is told to them. No decisions about motion.

Only a trajectory controller is told the stop with each motion, and plays it when no more messages come. A controller
that takes one set-point at a time stands still at the last one, abruptly: for those the stop is a matter of this
process staying alive.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from geometry_msgs.msg import PoseStamped
from scipy.spatial.transform import Rotation
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray
from trajectory_msgs.msg import JointTrajectory

from rclpy.node import Node
from vla_safety.held_stop import HeldStop
from vla_safety.kernels.kinematics import forward
from vla_safety.nodes.conversions import header, trajectory_message
from vla_safety.splice import spliced
from vla_safety.types import SafeTrajectory

__all__ = ["ControllerOutput", "make_output"]

ARRIVAL_NS = 4_000_000  # a message may be looked at by a controller whose clock lags behind by so much


class ControllerOutput(Protocol):
    """Tells one controller."""

    publisher: Any
    repeats: bool  # it has to be told again while the arm rests

    def send(self, now_ns: int, trajectory: SafeTrajectory, held: HeldStop) -> None:
        """Send a motion; ``held`` is the same one with its state at any time."""

    def forget(self) -> None:
        """What was sent before is void: the arm was stopped by something else."""


class TrajectoryOutput:
    """``joint_trajectory_controller``: the whole motion to rest, on the absolute time axis."""

    repeats = False

    def __init__(self, node: Node, topic: str, joints: Sequence[str]) -> None:
        self.publisher = node.create_publisher(JointTrajectory, topic, 1)
        self._joints = joints
        self._sent: SafeTrajectory | None = None

    def send(self, now_ns: int, trajectory: SafeTrajectory, held: HeldStop) -> None:
        """Send the rest of the old motion and the new one."""
        self._sent = spliced(self._sent, trajectory, now_ns - ARRIVAL_NS)
        self.publisher.publish(trajectory_message(self._sent, self._joints))

    def forget(self) -> None:
        """Begin with the next motion alone."""
        self._sent = None


class ForwardOutput:
    """``forward_command_controller``: the position of now."""

    repeats = True

    def __init__(self, node: Node, topic: str) -> None:
        self.publisher = node.create_publisher(Float64MultiArray, topic, 1)

    def send(self, now_ns: int, trajectory: SafeTrajectory, held: HeldStop) -> None:
        """Send one position."""
        self.publisher.publish(Float64MultiArray(data=held.command(trajectory.stamp_ns)[0].tolist()))

    def forget(self) -> None:
        """Nothing is kept."""


class CrispJointOutput:
    """A CRISP controller in joint space: ``target_joint``."""

    repeats = True

    def __init__(self, node: Node, topic: str, joints: Sequence[str]) -> None:
        self.publisher = node.create_publisher(JointState, topic, 1)
        self._joints = list(joints)

    def send(self, now_ns: int, trajectory: SafeTrajectory, held: HeldStop) -> None:
        """Send one position and velocity."""
        position, velocity, _ = held.command(trajectory.stamp_ns)
        self.publisher.publish(
            JointState(
                header=header(trajectory.stamp_ns),
                name=self._joints,
                position=position.tolist(),
                velocity=velocity.tolist(),
            )
        )

    def forget(self) -> None:
        """Nothing is kept."""


class CrispPoseOutput:
    """A CRISP controller in Cartesian space: ``target_pose`` of the tool in the base."""

    repeats = True

    def __init__(self, node: Node, topic: str, chain: Any, base: str) -> None:
        self.publisher = node.create_publisher(PoseStamped, topic, 1)
        self._chain, self._base = chain, base

    def send(self, now_ns: int, trajectory: SafeTrajectory, held: HeldStop) -> None:
        """Send one pose."""
        position = held.command(trajectory.stamp_ns)[0]
        rotation, origin = np.empty((len(position) + 1, 3, 3)), np.empty((len(position) + 1, 3))
        forward(self._chain, position, rotation, origin)
        message = PoseStamped(header=header(trajectory.stamp_ns, self._base))
        point, turn = message.pose.position, message.pose.orientation
        point.x, point.y, point.z = origin[-1].tolist()
        turn.x, turn.y, turn.z, turn.w = Rotation.from_matrix(rotation[-1]).as_quat().tolist()
        self.publisher.publish(message)

    def forget(self) -> None:
        """Nothing is kept."""


USUAL_TOPICS = {
    "jtc": "{robot}_arm_controller/joint_trajectory",
    "forward_position": "forward_position_controller/commands",
    "crisp_joint": "target_joint",
    "crisp_pose": "target_pose",
}


def make_output(
    node: Node, controller: str, topic: str, model: Any, names: tuple[str, Sequence[str]]
) -> ControllerOutput:
    """Return the output for ``controller``.

    Args:
        node: Owns the publisher.
        controller: ``jtc``, ``forward_position``, ``crisp_joint`` or ``crisp_pose``.
        topic: Empty: the controller's usual one.
        model: The arm.
        names: Of the robot and of its joints.
    """
    robot, joints = names
    topic = topic or USUAL_TOPICS[controller].format(robot=robot)
    if controller == "jtc":
        return TrajectoryOutput(node, topic, joints)
    if controller == "forward_position":
        return ForwardOutput(node, topic)
    if controller == "crisp_joint":
        return CrispJointOutput(node, topic, joints)
    return CrispPoseOutput(node, topic, model.chain, f"{robot}_link0")
