# SPDX-License-Identifier: Apache-2.0
"""The operator's hand on the arm: references of the source ``teleop``. Wiring only.

While taken over, a reference goes out ten times a second; safety gives teleop its priority, ramps, and takes the lease
away when they stop coming, also when the console dies.
"""

from __future__ import annotations

import array
from typing import Any

import numpy as np
from geometry_msgs.msg import TransformStamped
from vla_msgs.msg import ActionChunk

from rclpy.node import Node
from vla_ros.console.jog import PERIOD_NS, ROWS, Jog
from vla_ros.interfaces import interface
from vla_ros.nodes.conversions import duration_to_message, time_message
from vla_ros.nodes.qos import interface_qos

__all__ = ["Teleop"]

_PERIOD_S = 0.1
_COLUMNS = ["x", "y", "z", "qx", "qy", "qz", "qw"]


class Teleop:
    """Publishes the jogged target while active."""

    def __init__(self, node: Node, base_frame: str) -> None:
        row = interface("reference")
        self._node = node
        self._base_frame = base_frame
        self._publisher = node.create_publisher(ActionChunk, row.name, interface_qos(row.key))
        self._timer: Any = None
        self._jog: Jog | None = None
        self._width_m = -1.0
        self._count = 0
        self.epoch = 0  # lowest that safety accepts

    def begin(self, tool: TransformStamped, width_m: float) -> None:
        """Take the arm where it is."""
        self.end()
        t, q = tool.transform.translation, tool.transform.rotation
        self._jog = Jog(self._now_ns(), np.array([t.x, t.y, t.z]), np.array([q.x, q.y, q.z, q.w]))
        self._width_m = width_m
        self._timer = self._node.create_timer(_PERIOD_S, self._publish)

    def end(self) -> None:
        """Let go; safety brings the arm to rest and listens to the others again."""
        if self._timer is not None:
            self._node.destroy_timer(self._timer)
        self._timer = self._jog = None

    def move(self, translation_m: tuple[float, float, float], yaw_rad: float) -> None:
        """Shift the target."""
        if self._jog is not None:
            self._jog.move(translation_m, yaw_rad)

    def grip(self, width_m: float) -> None:
        """Ask for an opening of the gripper."""
        self._width_m = width_m

    def _publish(self) -> None:
        jog = self._jog
        if jog is None:
            return
        rows = jog.step(self._now_ns())
        message = ActionChunk(
            period=duration_to_message(PERIOD_NS),
            action_space=ActionChunk.TOOL_POSE,
            names=_COLUMNS,
            rows=ROWS,
            data=array.array("d", rows.poses.ravel().tobytes()),
            gripper=array.array("d", [self._width_m] * ROWS if self._width_m >= 0.0 else []),
            source="teleop",
            policy_id="operator",
            chunk_id=self._count,
            epoch=self.epoch,
            decode_ok=True,
            confidence=-1.0,
            disagreement=-1.0,
        )
        message.header.stamp = message.observation_stamp = time_message(rows.stamp_ns)
        message.header.frame_id = self._base_frame
        self._count += 1
        self._publisher.publish(message)

    def _now_ns(self) -> int:
        return int(self._node.get_clock().now().nanoseconds)
