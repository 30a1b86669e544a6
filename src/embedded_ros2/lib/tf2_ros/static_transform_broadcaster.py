# SPDX-License-Identifier: Apache-2.0
"""Publishes static transforms on ``/tf_static``, for those too who come later."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from geometry_msgs.msg import TransformStamped
from tf2_msgs.msg import TFMessage

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile
from tf2_ros.transform_broadcaster import as_list


class StaticTransformBroadcaster:
    """Sends transforms that hold at every time; each message repeats all that were sent.

    Args:
        node: Owns the publisher.
        qos: Quality of service; reliable, transient local, depth 1 when left out.
    """

    def __init__(self, node: Any, qos: QoSProfile | int | None = None) -> None:
        if qos is None:
            qos = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL, history=HistoryPolicy.KEEP_LAST)
        self._transforms: dict[str, TransformStamped] = {}
        self.pub_tf = node.create_publisher(TFMessage, "/tf_static", qos)

    def sendTransform(self, transform: TransformStamped | Iterable[TransformStamped]) -> None:
        """Add or replace transforms, by child frame, and send all."""
        self._transforms.update({item.child_frame_id: item for item in as_list(transform)})
        self.pub_tf.publish(TFMessage(transforms=list(self._transforms.values())))
