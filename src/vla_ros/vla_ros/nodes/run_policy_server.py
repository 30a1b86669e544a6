# SPDX-License-Identifier: Apache-2.0
"""The ``run_policy`` action: one run at a time, a newer goal takes over, a cancelled one ends at a safe seam.

The execute callback waits in a thread of the executor's pool; everything that decides runs in the node's own callback
group, one at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from vla_msgs.action import RunPolicy

from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.node import Node
from vla_ros.errors import VlaError
from vla_ros.interfaces import interface
from vla_ros.nodes.policy_messages import request_from_goal, result_of
from vla_ros.policy.run_values import EndCode, RunEnd, RunRequest
from vla_ros.policy.stop_conditions import require_conditions

__all__ = ["RunPolicyServer"]


@dataclass(slots=True, eq=False)
class _Goal:
    """A goal that is carried out; ``end`` is set before ``over``."""

    handle: Any
    over: threading.Event = field(default_factory=threading.Event)
    end: RunEnd | None = None


class RunPolicyServer:
    """Turns goals into runs.

    ``begin`` is called with the request of an accepted goal, after the run before it was ended; ``cancel`` lets the
    run come to its seam.
    """

    def __init__(self, node: Node, begin: Callable[[RunRequest], None], cancel: Callable[[], None]) -> None:
        self.accepting = False
        self._log = node.get_logger()
        self._begin = begin
        self._cancel = cancel
        self._goal: _Goal | None = None
        self._waiting: dict[bytes, _Goal] = {}
        self._server = ActionServer(
            node,
            RunPolicy,
            interface("run_policy").name,
            self._execute,
            goal_callback=self._on_goal,
            handle_accepted_callback=self._on_accepted,
            cancel_callback=self._on_cancel,
        )

    def finish(self, end: RunEnd) -> None:
        """End the goal that is carried out."""
        goal, self._goal = self._goal, None
        if goal is not None:
            goal.end = end
            goal.over.set()

    def feedback(self, message: RunPolicy.Feedback) -> None:
        """Send feedback of the goal that is carried out; without one nothing happens."""
        if self._goal is not None:
            self._goal.handle.publish_feedback(message)

    def destroy(self) -> None:
        """Stop serving; a goal that waits has to be finished before."""
        self._server.destroy()

    def _on_goal(self, goal: RunPolicy.Goal) -> GoalResponse:
        reason = "" if self.accepting else "the policy node is not active"
        if not reason and not goal.timeout_s > 0.0:
            reason = f"timeout_s must be > 0, got {goal.timeout_s:g}"
        if not reason:
            reason = _complaint(tuple(goal.stop_when))
        if reason:
            self._log.error(f"run_policy refused: {reason}")
        return GoalResponse.REJECT if reason else GoalResponse.ACCEPT

    def _on_accepted(self, handle: Any) -> None:
        self._begin(request_from_goal(handle.request))
        self._goal = self._waiting[bytes(handle.goal_id.uuid)] = _Goal(handle)
        handle.execute()

    def _on_cancel(self, handle: Any) -> CancelResponse:
        if self._goal is not None and self._goal.handle.goal_id == handle.goal_id:
            self._cancel()
        return CancelResponse.ACCEPT

    def _execute(self, handle: Any) -> RunPolicy.Result:
        goal = self._waiting.pop(bytes(handle.goal_id.uuid))
        goal.over.wait()
        end = goal.end
        if end is None:  # set before the event
            raise VlaError("a run ended without saying how")
        if end.code is EndCode.CANCELED and handle.is_cancel_requested:
            handle.canceled()
        elif end.code is EndCode.SUCCESS:
            handle.succeed()
        else:
            handle.abort()
        return result_of(end)


def _complaint(stop_when: tuple[str, ...]) -> str:
    try:
        require_conditions(stop_when)
    except VlaError as error:
        return str(error)
    return ""
