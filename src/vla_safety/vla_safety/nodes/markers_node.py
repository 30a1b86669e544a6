# SPDX-License-Identifier: Apache-2.0
"""``ros2 run vla_safety markers_node``: what safety sees, for RViz. A process of its own: pictures may be late.

Workspace and boxes from the configuration; reference, verified path and stop from what the safety node publishes.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from geometry_msgs.msg import Point
from std_msgs.msg import ColorRGBA, String
from trajectory_msgs.msg import JointTrajectory
from visualization_msgs.msg import Marker, MarkerArray
from vla_msgs.msg import ActionChunk, SafetyState

import rclpy
from rclpy.qos import DurabilityPolicy, QoSProfile
from vla_safety.arm_model import ArmModel, build_arm_model
from vla_safety.errors import SafetyError
from vla_safety.kernels.arrays import Floats
from vla_safety.kernels.kinematics import forward
from vla_safety.nodes.conversions import RefusedError, reference_from_message
from vla_safety.nodes.parameters import read_parameters
from vla_safety.nodes.running import run_node
from vla_safety.types import ReferenceKind

__all__ = ["MarkersNode", "main"]

RATE_HZ = 10.0
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
LINE_M, STOP_M = 0.006, 0.03
GREY, BLUE, GREEN, ORANGE, RED = (
    (0.6, 0.6, 0.6, 0.6),
    (0.2, 0.4, 1.0, 0.9),
    (0.1, 0.8, 0.3, 1.0),
    (1.0, 0.6, 0.1, 1.0),
    (1.0, 0.1, 0.1, 1.0),
)


class MarkersNode:
    """The program: hears what safety hears and says, draws it at 10 Hz."""

    def __init__(self) -> None:
        self.node = rclpy.create_node("safety_markers")
        self._parameters = read_parameters(self.node)
        self._config = self._parameters.safety_config()
        self._base = f"{self._config.robot}_link0"
        self._model: ArmModel | None = None
        self._newest: dict[str, Any] = {}

    def start(self) -> None:
        """Listen and draw."""
        node, robot = self.node, self._config.robot
        topic = self._parameters.command_topic or f"{robot}_arm_controller/joint_trajectory"
        node.create_subscription(String, "robot_description", self._on_description, LATCHED)
        node.create_subscription(ActionChunk, "vla/reference", lambda message: self._keep("reference", message), 1)
        node.create_subscription(SafetyState, "vla/safety/state", lambda message: self._keep("state", message), LATCHED)
        node.create_subscription(JointTrajectory, topic, lambda message: self._keep("path", message), 1)
        self._publisher = node.create_publisher(MarkerArray, "vla/safety/markers", 1)
        node.create_timer(1.0 / RATE_HZ, self._draw)

    def stop(self) -> None:
        """Nothing is held."""

    def _keep(self, key: str, message: Any) -> None:
        self._newest[key] = message

    def _on_description(self, message: String) -> None:
        try:
            self._model = build_arm_model(self._config, message.data)
        except SafetyError as error:
            self.node.get_logger().error(str(error))

    def _draw(self) -> None:
        markers = [self._workspace(), *self._boxes()]
        if self._model is not None:
            markers += [*self._reference(), *self._motion(), *self._stop()]
        for index, marker in enumerate(markers):
            marker.id = index
        self._publisher.publish(MarkerArray(markers=markers))

    def _marker(self, name: str, kind: int, color: tuple[float, ...]) -> Marker:
        marker = Marker(ns=name, type=kind, action=Marker.ADD, color=ColorRGBA(**dict(zip("rgba", color, strict=True))))
        marker.header.frame_id = self._base
        marker.pose.orientation.w = 1.0
        marker.scale.x = LINE_M
        marker.lifetime.nanosec = round(5e9 / RATE_HZ)  # gone when nobody draws any more
        return marker

    def _line(self, name: str, points: Floats, color: tuple[float, ...]) -> Marker:
        marker = self._marker(name, Marker.LINE_STRIP, color)
        marker.points = [Point(x=x, y=y, z=z) for x, y, z in points.tolist()]
        return marker

    def _workspace(self) -> Marker:
        tool = self._config.tool
        corners = np.array([tool.workspace_lower_m, tool.workspace_upper_m])
        marker = self._marker("workspace", Marker.LINE_LIST, GREY)
        for axis in range(3):
            others = [other for other in range(3) if other != axis]
            for first in (0, 1):
                for second in (0, 1):
                    for end in (0, 1):
                        point = np.empty(3)
                        point[axis], point[others[0]], point[others[1]] = (
                            corners[end, axis],
                            corners[first, others[0]],
                            corners[second, others[1]],
                        )
                        marker.points.append(Point(x=point[0], y=point[1], z=point[2]))
        return marker

    def _boxes(self) -> list[Marker]:
        markers = []
        for box in self._config.collision.boxes:
            low, high = np.array(box.lower_m), np.array(box.upper_m)
            marker = self._marker(f"box/{box.name}", Marker.CUBE, (*GREY[:3], 0.25))
            marker.pose.position.x, marker.pose.position.y, marker.pose.position.z = (0.5 * (low + high)).tolist()
            marker.scale.x, marker.scale.y, marker.scale.z = (high - low).tolist()
            markers.append(marker)
        return markers

    def _reference(self) -> list[Marker]:
        message = self._newest.get("reference")
        if message is None:
            return []
        try:
            reference = reference_from_message(message, self._config.joints.names, self._base)
        except RefusedError:
            return []
        if reference.kind is ReferenceKind.JOINT_POSITION:
            return [self._line("reference", self._tool(reference.rows), BLUE)]
        if reference.kind is ReferenceKind.TOOL_POSE:
            return [self._line("reference", reference.rows[:, :3], BLUE)]
        return []

    def _motion(self) -> list[Marker]:
        message = self._newest.get("path")
        if message is None or not message.points:
            return []
        rows = np.array([point.positions for point in message.points])
        return [self._line("verified_path", self._tool(rows), GREEN)]

    def _stop(self) -> list[Marker]:
        message = self._newest.get("state")
        if message is None or len(message.stop_position) != len(self._config.joints.names):
            return []
        marker = self._marker("stop", Marker.SPHERE, RED if message.estop_latched else ORANGE)
        point = self._tool(np.array([message.stop_position]))[0]
        marker.pose.position.x, marker.pose.position.y, marker.pose.position.z = point.tolist()
        marker.scale.x = marker.scale.y = marker.scale.z = STOP_M
        return [marker]

    def _tool(self, rows: Floats) -> Floats:
        """Return where the tool is at each of ``rows (N, J)`` [rad], ``(N, 3)`` [m]."""
        joints = rows.shape[1]
        rotation, origin, points = np.empty((joints + 1, 3, 3)), np.empty((joints + 1, 3)), np.empty((len(rows), 3))
        for index, row in enumerate(np.ascontiguousarray(rows)):
            forward(self._model.chain, row, rotation, origin)
            points[index] = origin[-1]
        return points


def main(args: Sequence[str] | None = None) -> int:
    """Run the markers' node."""
    return run_node(MarkersNode, args)


if __name__ == "__main__":
    sys.exit(main())
