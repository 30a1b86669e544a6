# SPDX-License-Identifier: Apache-2.0
"""What the policy node publishes: raw chunks, merged references, its state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vla_msgs.msg import ActionChunk as ActionChunkMessage
from vla_msgs.msg import PolicyState

from rclpy.node import Node
from vla_ros.interfaces import interface
from vla_ros.nodes.conversions import chunk_to_message
from vla_ros.nodes.policy_loading import LoadedPolicy
from vla_ros.nodes.policy_messages import state_message
from vla_ros.nodes.qos import interface_qos
from vla_ros.policy.run_values import SessionStatus
from vla_ros.types import ActionChunk

__all__ = ["PolicyOutput"]


class PolicyOutput:
    """Publishers of one loaded policy."""

    def __init__(self, node: Node, loaded: LoadedPolicy) -> None:
        self._node = node
        self._loaded = loaded
        self._raw = self._publisher("action_chunk", ActionChunkMessage)
        self._reference = self._publisher("reference", ActionChunkMessage)
        self._state = self._publisher("policy_state", PolicyState)

    def raw(self, chunk: ActionChunk | None) -> None:
        """Publish what the policy gave."""
        self._publish(self._raw, chunk)

    def reference(self, chunk: ActionChunk | None) -> None:
        """Publish what is to be executed."""
        self._publish(self._reference, chunk)

    @property
    def heard(self) -> bool:
        """Whether anybody listens to the reference; without safety it moves nothing."""
        return bool(self._reference.get_subscription_count())

    def state(self, status: SessionStatus) -> None:
        """Publish the state."""
        self._state.publish(self.message(status))

    def message(self, status: SessionStatus) -> PolicyState:
        """Return the state as a message."""
        loaded = self._loaded
        identity = (loaded.policy.specification.policy_id, loaded.checkpoint_hash, loaded.config.strategy)
        now_ns = int(self._node.get_clock().now().nanoseconds)
        return state_message(status, now_ns, identity, loaded.config.session.disagreement_threshold)

    def destroy(self) -> None:
        """Stop publishing."""
        for publisher in (self._raw, self._reference, self._state):
            self._node.destroy_publisher(publisher)

    def _publisher(self, key: str, message_type: Any) -> Any:
        return self._node.create_publisher(message_type, interface(key).name, interface_qos(key))

    def _publish(self, publisher: Any, chunk: ActionChunk | None) -> None:
        if chunk is None:
            return
        checkpoint_hash = chunk.provenance.checkpoint_hash or self._loaded.checkpoint_hash
        provenance = replace(chunk.provenance, checkpoint_hash=checkpoint_hash)
        publisher.publish(chunk_to_message(replace(chunk, provenance=provenance)))
