# SPDX-License-Identifier: Apache-2.0
"""Fills a buffer from ``/tf`` and ``/tf_static``."""

from __future__ import annotations

from threading import Thread
from typing import Any

from tf2_msgs.msg import TFMessage

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile
from tf2_py import InvalidArgumentException
from tf2_ros.buffer import Buffer

DEFAULT_TF_TOPIC = "/tf"
DEFAULT_STATIC_TF_TOPIC = "/tf_static"
_AUTHORITY = "default_authority"


class TransformListener:
    """Subscribes to transforms.

    Args:
        buffer: Gets the transforms.
        node: Owns the subscriptions.
        spin_thread: Spin the node in a thread of its own; the caller must then not spin it.
        qos: Quality of service of ``/tf``.
        static_qos: Quality of service of ``/tf_static``.
        tf_topic: Topic of moving transforms.
        static_tf_topic: Topic of static transforms.
    """

    def __init__(
        self,
        buffer: Buffer,
        node: Any,
        *,
        spin_thread: bool = False,
        qos: QoSProfile | int | None = None,
        static_qos: QoSProfile | int | None = None,
        tf_topic: str = DEFAULT_TF_TOPIC,
        static_tf_topic: str = DEFAULT_STATIC_TF_TOPIC,
    ) -> None:
        self.buffer = buffer
        self.node = node
        if qos is None:
            qos = QoSProfile(depth=100, history=HistoryPolicy.KEEP_LAST)
        if static_qos is None:
            static_qos = QoSProfile(
                depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL, history=HistoryPolicy.KEEP_LAST
            )
        # Default group: a node's other callbacks must not hold transforms up.
        self.group = ReentrantCallbackGroup()
        self.tf_sub = node.create_subscription(TFMessage, tf_topic, self.callback, qos, callback_group=self.group)
        self.tf_static_sub = node.create_subscription(
            TFMessage, static_tf_topic, self.static_callback, static_qos, callback_group=self.group
        )
        self.executor: SingleThreadedExecutor | None = None
        if spin_thread:
            self.executor = SingleThreadedExecutor(context=node.context)
            self.executor.add_node(node)
            self.dedicated_listener_thread = Thread(target=self.executor.spin, daemon=True)
            self.dedicated_listener_thread.start()

    def __del__(self) -> None:
        if getattr(self, "executor", None) is not None:
            self.executor.shutdown(timeout_sec=0)

    def unregister(self) -> None:
        """Stop listening."""
        if self.executor is not None:
            self.executor.shutdown()
            self.executor = None
        self.node.destroy_subscription(self.tf_sub)
        self.node.destroy_subscription(self.tf_static_sub)

    def callback(self, data: TFMessage) -> None:
        """Take moving transforms."""
        self._take(data, self.buffer.set_transform)

    def static_callback(self, data: TFMessage) -> None:
        """Take static transforms."""
        self._take(data, self.buffer.set_transform_static)

    def _take(self, data: TFMessage, insert: Any) -> None:
        for transform in data.transforms:
            try:
                insert(transform, _AUTHORITY)
            except InvalidArgumentException as error:
                self.node.get_logger().error(f"TF: ignoring {error}", throttle_duration_sec=5.0)
