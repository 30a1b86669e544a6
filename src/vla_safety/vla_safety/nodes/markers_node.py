# SPDX-License-Identifier: Apache-2.0
"""``ros2 run vla_safety markers_node``: what safety sees, for RViz. A process of its own: pictures may be late.

Workspace and boxes from the configuration; reference, verified path and stop from what the safety node publishes.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from std_msgs.msg import String
from trajectory_msgs.msg import JointTrajectory
from visualization_msgs.msg import MarkerArray
from vla_msgs.msg import ActionChunk, SafetyState

import rclpy
from rclpy.qos import DurabilityPolicy, QoSProfile
from vla_safety.arm_model import ArmModel, build_arm_model
from vla_safety.errors import SafetyError
from vla_safety.nodes.drawing import Drawing
from vla_safety.nodes.parameters import read_parameters
from vla_safety.nodes.running import run_node

__all__ = ["MarkersNode", "main"]

RATE_HZ = 10.0
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class MarkersNode:
    """The program: hears what safety hears and says, draws it at 10 Hz."""

    def __init__(self) -> None:
        self.node = rclpy.create_node("safety_markers")
        self._parameters = read_parameters(self.node)
        self._config = self._parameters.safety_config()
        self._drawing = Drawing(self._config, lifetime_s=5.0 / RATE_HZ)
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
        drawing, model = self._drawing, self._model
        markers = drawing.limits()
        if model is not None:
            draw = {"reference": drawing.reference, "path": drawing.path, "state": drawing.stop}
            for key, message in self._newest.items():
                markers += draw[key](model, message)
        for index, marker in enumerate(markers):
            marker.id = index
        self._publisher.publish(MarkerArray(markers=markers))


def main(args: Sequence[str] | None = None) -> int:
    """Run the markers' node."""
    return run_node(MarkersNode, args)


if __name__ == "__main__":
    sys.exit(main())
