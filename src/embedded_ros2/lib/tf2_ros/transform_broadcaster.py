# SPDX-License-Identifier: Apache-2.0
"""Publishes moving transforms on ``/tf``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from geometry_msgs.msg import TransformStamped
from tf2_msgs.msg import TFMessage

from rclpy.qos import QoSProfile


class TransformBroadcaster:
    """Sends transforms.

    Args:
        node: Owns the publisher.
        qos: Quality of service; reliable with depth 100 when left out.
    """

    def __init__(self, node: Any, qos: QoSProfile | int | None = None) -> None:
        self.pub_tf = node.create_publisher(TFMessage, "/tf", QoSProfile(depth=100) if qos is None else qos)

    def sendTransform(self, transform: TransformStamped | Iterable[TransformStamped]) -> None:
        """Send one transform or several in one message."""
        self.pub_tf.publish(TFMessage(transforms=as_list(transform)))


def as_list(transform: TransformStamped | Iterable[TransformStamped]) -> list[TransformStamped]:
    """Return one or several transforms as a list."""
    return list(transform) if hasattr(transform, "__iter__") else [transform]
