# SPDX-License-Identifier: Apache-2.0
"""The server's side of one goal: its state, feedback and result."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from action_msgs.msg import GoalInfo, GoalStatus

from rclpy.action.goal_state import ACTIVE_STATES, GoalEvent, GoalState, next_state

if TYPE_CHECKING:
    from rclpy.action.server import ActionServer


class ServerGoalHandle:
    """One accepted goal.

    Args:
        action_server: The server that accepted it.
        goal_info: Identifier and time of acceptance.
        goal_request: The ``Goal`` message.
    """

    def __init__(self, action_server: ActionServer, goal_info: GoalInfo, goal_request: Any) -> None:
        self._action_server = action_server
        self._goal_info = goal_info
        self._goal_request = goal_request
        self._state = GoalState.ACCEPTED
        self._response: Any = None
        self._is_destroyed = False
        self._lock = threading.Lock()

    @property
    def request(self) -> Any:
        """The ``Goal`` message."""
        return self._goal_request

    @property
    def goal_id(self) -> Any:
        """The identifier, ``unique_identifier_msgs/msg/UUID``."""
        return self._goal_info.goal_id

    @property
    def goal_info(self) -> GoalInfo:
        """Identifier and time of acceptance."""
        return self._goal_info

    @property
    def is_active(self) -> bool:
        """Whether the goal is accepted, executing or canceling."""
        return self._state in ACTIVE_STATES and not self._is_destroyed

    @property
    def is_cancel_requested(self) -> bool:
        """Whether the server accepted a request to cancel."""
        return self.status == GoalStatus.STATUS_CANCELING

    @property
    def status(self) -> int:
        """State as in ``action_msgs/msg/GoalStatus``; unknown once the goal was forgotten or its server destroyed."""
        return GoalStatus.STATUS_UNKNOWN if self._is_destroyed else int(self._state)

    @property
    def response(self) -> Any:
        """The result given to :meth:`succeed`, :meth:`abort` or :meth:`canceled`, if any."""
        return self._response

    def execute(self, execute_callback: Callable[[ServerGoalHandle], Any] | None = None) -> None:
        """Start execution, unless a cancel request was accepted already (then it starts as canceling)."""
        if not self.is_cancel_requested:
            self._update_state(GoalEvent.EXECUTE)
        self._action_server.notify_execute(self, execute_callback)

    def publish_feedback(self, feedback: Any) -> None:
        """Send a ``Feedback`` message to the clients.

        Raises:
            TypeError: The message has another type.
        """
        self._action_server._publish_feedback(self, feedback)

    def succeed(self, response: Any = None) -> None:
        """End the goal with success; the execute callback returns the result unless it is given here."""
        self._finish(GoalEvent.SUCCEED, response)

    def abort(self, response: Any = None) -> None:
        """End the goal with failure."""
        self._finish(GoalEvent.ABORT, response)

    def canceled(self, response: Any = None) -> None:
        """End a goal whose cancel request was accepted."""
        self._finish(GoalEvent.CANCELED, response)

    def destroy(self) -> None:
        """Forget the goal on its server; what its callback still does to it is ignored."""
        if not self._is_destroyed:
            self._is_destroyed = True
            self._action_server._forget(self)

    def _finish(self, event: GoalEvent, response: Any) -> None:
        self._response = response
        self._update_state(event)

    def _update_state(self, event: GoalEvent) -> None:
        if self._is_destroyed:
            return
        with self._lock:
            self._state = next_state(self._state, event)
        self._action_server._publish_status()
