# SPDX-License-Identifier: Apache-2.0
"""Subscribes to the simulation's ground truth for the scripted policy. Only made when that policy is chosen."""

from __future__ import annotations

from typing import Any

from vla_msgs.msg import GroundTruth

from rclpy.node import Node
from vla_ros.interfaces import QosKind
from vla_ros.nodes.policy_messages import scene_from_message
from vla_ros.nodes.qos import qos_profile

__all__ = ["GROUND_TRUTH_TOPIC", "GroundTruthFeed"]

GROUND_TRUTH_TOPIC = "sim/ground_truth"


class GroundTruthFeed:
    """Keeps the newest ground truth; calling it returns the scripted policy's snapshot, or None before the first."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._latest: GroundTruth | None = None  # replaced whole by the dispatcher, read by the inference thread
        self._subscription = node.create_subscription(
            GroundTruth, GROUND_TRUTH_TOPIC, self._on_message, qos_profile(QosKind.SENSOR)
        )

    def __call__(self) -> Any:
        """Return the newest snapshot, or None."""
        # Imported here: the simulation is not installed on a robot, where nobody chooses the scripted policy.
        from vla_ros.policy.backends.scene_task import SceneObject
        from vla_ros.policy.backends.scripted import TruthSnapshot

        message = self._latest
        if message is None:
            return None
        at_ns, things = scene_from_message(message)
        return TruthSnapshot(at_ns, tuple(SceneObject(**thing) for thing in things))

    def destroy(self) -> None:
        """Stop listening."""
        self._node.destroy_subscription(self._subscription)

    def _on_message(self, message: GroundTruth) -> None:
        self._latest = message
