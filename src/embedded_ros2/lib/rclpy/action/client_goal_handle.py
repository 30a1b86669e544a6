# SPDX-License-Identifier: Apache-2.0
"""The client's side of one goal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from action_msgs.msg import GoalStatus

if TYPE_CHECKING:
    from rclpy.action.client import ActionClient


class ClientGoalHandle:
    """One goal that was sent; the server may have rejected it.

    Args:
        action_client: The client that sent it.
        goal_id: ``unique_identifier_msgs/msg/UUID``.
        goal_response: The server's answer.
    """

    def __init__(self, action_client: ActionClient, goal_id: Any, goal_response: Any) -> None:
        self._action_client = action_client
        self._goal_id = goal_id
        self._goal_response = goal_response
        self._status = GoalStatus.STATUS_UNKNOWN

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ClientGoalHandle) and bytes(self._goal_id.uuid) == bytes(other._goal_id.uuid)

    def __hash__(self) -> int:
        return hash(bytes(self._goal_id.uuid))

    def __repr__(self) -> str:
        return (
            f"ClientGoalHandle <id={bytes(self._goal_id.uuid).hex()}, accepted={self.accepted}, status={self.status}>"
        )

    @property
    def goal_id(self) -> Any:
        """The identifier."""
        return self._goal_id

    @property
    def stamp(self) -> Any:
        """Time at which the server accepted the goal."""
        return self._goal_response.stamp

    @property
    def accepted(self) -> bool:
        """Whether the server accepted the goal."""
        return self._goal_response.accepted

    @property
    def status(self) -> int:
        """Last known state as in ``action_msgs/msg/GoalStatus``."""
        return self._status

    def cancel_goal_async(self) -> Any:
        """Ask to cancel; the future's result is a ``CancelGoal.Response``."""
        return self._action_client._cancel_goal_async(self)

    def cancel_goal(self) -> Any:
        """Ask to cancel and wait; only from a thread that does not spin."""
        return self._action_client._cancel_goal(self)

    def get_result_async(self) -> Any:
        """Ask for the result; the future's result has ``status`` and ``result``."""
        return self._action_client._get_result_async(self)

    def get_result(self) -> Any:
        """Ask for the result and wait; only from a thread that does not spin."""
        return self._action_client._get_result(self)
