# SPDX-License-Identifier: Apache-2.0
"""Waiting for one message outside an executor."""

from __future__ import annotations

import time
from typing import Any

from rclpy.qos import QoSProfile

# The wait ends at once when a message comes; this only bounds how late a shutdown is seen.
_SHUTDOWN_POLL_NS = 100_000_000


def wait_for_message(
    msg_type: Any,
    node: Any,
    topic: str,
    *,
    qos_profile: QoSProfile | int = 1,
    time_to_wait: float = -1,
) -> tuple[bool, Any]:
    """Block for one message.

    Args:
        time_to_wait: [s]; negative waits without end.

    Returns:
        Whether one came, and the message or None.
    """
    deadline_s = None if time_to_wait < 0 else time.monotonic() + time_to_wait
    subscription = node.create_subscription(msg_type, topic, lambda message: None, qos_profile)
    # The node's executor must not take the message away.
    node._node_state.entities.remove("subscriptions", subscription)
    wait_set = node.context.participant.create_wait_set()
    try:
        wait_set.attach(subscription.handle.condition)
        while node.context.ok():
            taken = subscription.take()
            if taken is not None:
                return True, taken[0]
            left_s = None if deadline_s is None else deadline_s - time.monotonic()
            if left_s is not None and left_s <= 0:
                break
            wait_set.wait(_SHUTDOWN_POLL_NS if left_s is None else min(int(left_s * 1e9), _SHUTDOWN_POLL_NS))
        return False, None
    finally:
        wait_set.close()
        node._node_state.entities.add("subscriptions", subscription)
        node.destroy_subscription(subscription)
