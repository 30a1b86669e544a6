# SPDX-License-Identifier: Apache-2.0
"""Watches the states of lifecycle nodes and asks for transitions, without ever blocking. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState

from rclpy.node import Node
from vla_ros.supervision import NodeState, Request

__all__ = ["ManagedNodes"]

_PRIMARY = {state.value: state for state in NodeState if state not in (NodeState.ABSENT, NodeState.CHANGING)}
_SILENT = 4  # polls without an answer before a node counts as absent: one may be busy with a transition


class ManagedNodes:
    """The managed nodes by name."""

    def __init__(self, node: Node, names: Sequence[str]) -> None:
        self._nodes = {name: _ManagedNode(node, name) for name in names}

    @property
    def states(self) -> dict[str, NodeState]:
        """Newest known state of every node."""
        return {name: managed.state for name, managed in self._nodes.items()}

    def poll(self) -> None:
        """Ask every node for its state; answers arrive later."""
        for managed in self._nodes.values():
            managed.poll()

    def request(self, name: str, request: Request) -> None:
        """Ask a node for a transition."""
        self._nodes[name].change(request)


class _ManagedNode:
    """One node: two clients and the newest answer."""

    def __init__(self, node: Node, name: str) -> None:
        self.state = NodeState.ABSENT
        self._get = node.create_client(GetState, f"{name}/get_state")
        self._change = node.create_client(ChangeState, f"{name}/change_state")
        self._question: Any = None
        self._transition: Any = None
        self._unanswered = 0

    def poll(self) -> None:
        if not self._get.service_is_ready():
            self._forget()
            return
        self._unanswered += self._question is not None
        if self._unanswered > _SILENT:
            self._forget()
        if self._question is None:
            self._question = self._get.call_async(GetState.Request())
            self._question.add_done_callback(self._on_state)

    def change(self, request: Request) -> None:
        self.state = NodeState.CHANGING
        message = ChangeState.Request(transition=Transition(id=int(request)))
        self._transition = self._change.call_async(message)
        self._transition.add_done_callback(self._on_changed)

    def _forget(self) -> None:
        for client, future in ((self._get, self._question), (self._change, self._transition)):
            if future is not None:
                client.remove_pending_request(future)
        self._question = self._transition = None
        self._unanswered = 0
        self.state = NodeState.ABSENT

    def _on_state(self, future: Any) -> None:
        if future is not self._question:
            return
        self._question, self._unanswered = None, 0
        if self._transition is None and not future.cancelled():
            self.state = _PRIMARY.get(future.result().current_state.id, NodeState.CHANGING)

    def _on_changed(self, future: Any) -> None:
        if future is self._transition:
            self._transition = None
            self.poll()
