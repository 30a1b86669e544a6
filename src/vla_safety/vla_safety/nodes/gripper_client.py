# SPDX-License-Identifier: Apache-2.0
"""Sends gripper goals without waiting for them: a gripper takes its time, the arm must not."""

from __future__ import annotations

from typing import Any

from control_msgs.action import GripperCommand

from rclpy.action import ActionClient
from rclpy.node import Node
from vla_safety.gripper import GripperGoal

__all__ = ["GripperClient"]


class GripperClient:
    """A ``control_msgs/GripperCommand`` client that only the newest goal matters to."""

    def __init__(self, node: Node, action: str, scale: float) -> None:
        self._node = node
        self._scale = scale  # position of the message over width
        self._client = ActionClient(node, GripperCommand, action)
        self.trouble = ""  # why the newest goal was not carried out

    def send(self, goal: GripperGoal) -> None:
        """Send a goal; it replaces the one before."""
        if not self._client.server_is_ready():
            self.trouble = "the gripper's action server is not there"
            return
        message = GripperCommand.Goal()
        message.command.position = goal.width_m * self._scale
        message.command.max_effort = goal.force_n
        self._client.send_goal_async(message).add_done_callback(self._on_answer)

    def destroy(self) -> None:
        """Release the client."""
        self._client.destroy()

    def _on_answer(self, future: Any) -> None:
        handle = future.result()
        self.trouble = "" if handle is not None and handle.accepted else "the gripper refused its goal"
