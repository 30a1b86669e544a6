# SPDX-License-Identifier: Apache-2.0
"""Subscribes to the simulation's ground truth for the scripted policy. Only made when that policy is chosen."""

from __future__ import annotations

from collections import deque
from typing import Any

from vla_msgs.msg import GroundTruth

from rclpy.node import Node
from vla_ros.interfaces import QosKind
from vla_ros.nodes.conversions import stamp_ns
from vla_ros.nodes.policy_messages import scene_from_message
from vla_ros.nodes.qos import qos_profile

__all__ = ["GROUND_TRUTH_TOPIC", "GroundTruthFeed"]

GROUND_TRUTH_TOPIC = "sim/ground_truth"
_KEPT = 32  # a second at the simulation's 30 Hz: far more than an observation may be old


class GroundTruthFeed:
    """Keeps a second of ground truth; calling it returns the snapshot nearest to a time, or None before the first.

    The newest would not do: the observation is older, and a carried object would seem to have left the hand.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._kept: deque[GroundTruth] = deque(maxlen=_KEPT)  # by the dispatcher, read by the inference thread
        self._subscription = node.create_subscription(
            GroundTruth, GROUND_TRUTH_TOPIC, self._on_message, qos_profile(QosKind.SENSOR)
        )

    def __call__(self, at_ns: int) -> Any:
        """Return the snapshot nearest to ``at_ns``, or None."""
        # Imported here: the simulation is not installed on a robot, where nobody chooses the scripted policy.
        from vla_ros.policy.backends.scene_task import SceneObject
        from vla_ros.policy.backends.scripted import TruthSnapshot

        kept = list(self._kept)
        if not kept:
            return None
        nearest = min(kept, key=lambda message: abs(stamp_ns(message.header.stamp) - at_ns))
        truth_ns, things = scene_from_message(nearest)
        return TruthSnapshot(truth_ns, tuple(SceneObject.seen(**thing) for thing in things))

    def destroy(self) -> None:
        """Stop listening."""
        self._node.destroy_subscription(self._subscription)

    def _on_message(self, message: GroundTruth) -> None:
        self._kept.append(message)
