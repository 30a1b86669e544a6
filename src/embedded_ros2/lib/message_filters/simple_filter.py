# SPDX-License-Identifier: Apache-2.0
"""The base of all filters, and the filter that a subscription feeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.qos import QoSProfile


class SimpleFilter:
    """Hands each message to its callbacks."""

    def __init__(self) -> None:
        self.callbacks: dict[int, tuple[Callable[..., None], tuple]] = {}

    def registerCallback(self, cb: Callable[..., None], *args: Any) -> int:
        """Call ``cb(*messages, *args)``; return a number that names the callback."""
        connection = len(self.callbacks)
        self.callbacks[connection] = (cb, args)
        return connection

    def signalMessage(self, *msg: Any) -> None:
        """Hand messages to all callbacks."""
        for callback, args in list(self.callbacks.values()):
            callback(*msg, *args)


class Subscriber(SimpleFilter):
    """A subscription as a filter.

    Args:
        node: Owns the subscription.
        msg_type: Type of the messages.
        topic: Name of the topic.
        qos_profile: Quality of service, or the depth.
        **kwargs: As ``create_subscription``.
    """

    def __init__(
        self, node: Any, msg_type: type, topic: str, qos_profile: QoSProfile | int = 10, **kwargs: Any
    ) -> None:
        super().__init__()
        self.node = node
        self.topic = topic
        self.sub = node.create_subscription(msg_type, topic, self.callback, qos_profile, **kwargs)

    def callback(self, msg: Any) -> None:
        """Take a message."""
        self.signalMessage(msg)

    def getTopic(self) -> str:
        """Return the name of the topic."""
        return self.topic
