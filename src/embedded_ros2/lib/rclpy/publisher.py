# SPDX-License-Identifier: Apache-2.0
"""Publishers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from embedded_ros2.dds import DdsError, Writer
from rclpy._rclpy_pybind11 import RCLError
from rclpy.duration import Duration
from rclpy.event_handler import EndpointEvents, EventHandler
from rclpy.exceptions import InvalidHandle
from rclpy.qos import QoSProfile
from rclpy.type_support import message_support


class Publisher:
    """Publishes messages of one type on one topic. Made by ``Node.create_publisher``; may be used from any thread."""

    def __init__(self, writer: Writer, msg_type: Any, topic: str, qos_profile: QoSProfile, logger_name: str):
        self._writer = writer
        self._serialize = message_support(msg_type).serialize
        self.msg_type = msg_type
        self.topic = topic
        self.qos_profile = qos_profile
        self.logger_name = logger_name
        self.events: EndpointEvents | None = None
        self._on_destroy: Callable[[Publisher], None] | None = None
        self._destroyed = False

    def publish(self, msg: Any) -> None:
        """Send a message, or the bytes of one.

        Raises:
            TypeError: It is neither.
            AssertionError: A field holds a value of a wrong type; the message names it.
            InvalidHandle: The publisher is destroyed.
        """
        if isinstance(msg, self.msg_type):
            data = self._serialize(msg)
        elif isinstance(msg, (bytes, bytearray)):
            data = bytearray(msg) + bytes(-len(msg) % 4)
        else:
            raise TypeError(f"Expected {self.msg_type}, got {type(msg)}")
        if self._destroyed:
            raise InvalidHandle("cannot use Destroyable because destruction was requested")
        try:
            self._writer.write(data)
        except DdsError as error:
            raise RCLError(f"Failed to publish on '{self.topic}': {error}") from error

    def get_subscription_count(self) -> int:
        """Return the number of matched subscriptions."""
        return self._writer.matched_count()

    @property
    def topic_name(self) -> str:
        """The fully qualified topic."""
        return self.topic

    @property
    def handle(self) -> Writer:
        """The writer of the transport."""
        return self._writer

    @property
    def event_handlers(self) -> list[EventHandler]:
        """The events that are watched."""
        return [] if self.events is None else self.events.handlers

    def assert_liveliness(self) -> None:
        """Tell the subscriptions that this publisher is alive."""
        self._writer.assert_liveliness()

    def wait_for_all_acked(self, timeout: Duration | None = None) -> bool:
        """Wait until all matched reliable subscriptions acknowledged everything; False after the timeout."""
        from rclpy.duration import Infinite

        return self._writer.wait_for_acknowledgments((timeout or Infinite).nanoseconds)

    def destroy(self) -> None:
        """Leave the topic. A second call does nothing."""
        if not self._destroyed:
            self._destroyed = True
            if self._on_destroy is not None:
                self._on_destroy(self)
            self._writer.close()

    def __enter__(self) -> Publisher:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self.destroy()
