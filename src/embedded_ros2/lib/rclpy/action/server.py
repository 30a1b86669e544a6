# SPDX-License-Identifier: Apache-2.0
"""Action servers, made of three services and two topics. The states of a goal are in ``goal_state``."""

from __future__ import annotations

import inspect
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from action_msgs.msg import GoalInfo, GoalStatus

from rclpy.action.cancel_request import goals_to_cancel
from rclpy.action.goal_state import GoalEvent, GoalTransitionError
from rclpy.action.server_goal_handle import ServerGoalHandle
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.exceptions import InvalidHandle
from rclpy.qos import (
    QoSProfile,
    qos_profile_action_status_default,
    qos_profile_services_default,
)
from rclpy.task import Future

__all__ = ["ActionServer", "CancelResponse", "GoalEvent", "GoalResponse", "ServerGoalHandle"]


class GoalResponse(Enum):
    """Answers of a goal callback."""

    REJECT = 1
    ACCEPT = 2


class CancelResponse(Enum):
    """Answers of a cancel callback."""

    REJECT = 1
    ACCEPT = 2


def default_goal_callback(_goal_request: Any) -> GoalResponse:
    """Accept every goal."""
    return GoalResponse.ACCEPT


def default_handle_accepted_callback(goal_handle: ServerGoalHandle) -> None:
    """Execute the goal at once."""
    goal_handle.execute()


def default_cancel_callback(_cancel_request: Any) -> CancelResponse:
    """Refuse to cancel."""
    return CancelResponse.REJECT


@dataclass(slots=True)
class _Callbacks:
    """What the user decides and does."""

    execute: Callable[[ServerGoalHandle], Any]
    goal: Callable[[Any], Any] = default_goal_callback
    accepted: Callable[[ServerGoalHandle], Any] = default_handle_accepted_callback
    cancel: Callable[[ServerGoalHandle], Any] = default_cancel_callback


class ActionServer:
    """Accepts, executes and cancels goals of one action.

    Args:
        node: The node that owns the server.
        action_type: E.g. ``example_interfaces.action.Fibonacci``.
        action_name: Name of the action; relative to the node's namespace.
        execute_callback: Takes the goal handle and returns the ``Result``; may be a coroutine function.
        callback_group: Group of the goal and cancel callbacks (the execute callback belongs to none).
        goal_callback: Takes the ``Goal`` and returns a :class:`GoalResponse`.
        handle_accepted_callback: Takes the handle of an accepted goal and calls its ``execute`` now or later.
        cancel_callback: Takes the goal handle and returns a :class:`CancelResponse`.
        goal_service_qos_profile: Quality of service of ``send_goal``.
        result_service_qos_profile: Quality of service of ``get_result``.
        cancel_service_qos_profile: Quality of service of ``cancel_goal``.
        feedback_pub_qos_profile: Quality of service of the feedback.
        status_pub_qos_profile: Quality of service of the status.
        result_timeout: How long a result is kept [s].
    """

    def __init__(
        self,
        node: Any,
        action_type: Any,
        action_name: str,
        execute_callback: Callable[[ServerGoalHandle], Any],
        *,
        callback_group: Any = None,
        goal_callback: Callable[[Any], Any] = default_goal_callback,
        handle_accepted_callback: Callable[[ServerGoalHandle], Any] = default_handle_accepted_callback,
        cancel_callback: Callable[[ServerGoalHandle], Any] = default_cancel_callback,
        goal_service_qos_profile: QoSProfile = qos_profile_services_default,
        result_service_qos_profile: QoSProfile = qos_profile_services_default,
        cancel_service_qos_profile: QoSProfile = qos_profile_services_default,
        feedback_pub_qos_profile: QoSProfile | None = None,
        status_pub_qos_profile: QoSProfile = qos_profile_action_status_default,
        result_timeout: float = 10,
    ) -> None:
        self._node = node
        self._action_type = action_type
        self._result_timeout_s = result_timeout
        self._goals = _Goals()
        self._callbacks = _Callbacks(execute_callback)
        self.register_handle_accepted_callback(handle_accepted_callback)
        self.register_goal_callback(goal_callback)
        self.register_cancel_callback(cancel_callback)
        self.register_execute_callback(execute_callback)
        self._destroyers: list[Callable[[], Any]] = []
        self._is_destroyed = False

        base = f"{node.resolve_topic_name(action_name)}/_action"
        impl = action_type.Impl
        # A request for a result waits in its coroutine; it must not hold the user's group.
        own_group = ReentrantCallbackGroup()
        self._feedback_publisher = self._owned_publisher(
            impl.FeedbackMessage, f"{base}/feedback", feedback_pub_qos_profile or QoSProfile(depth=10)
        )
        self._status_publisher = self._owned_publisher(impl.GoalStatusMessage, f"{base}/status", status_pub_qos_profile)
        services = (
            (impl.GetResultService, "get_result", self._on_get_result, result_service_qos_profile, own_group),
            (impl.CancelGoalService, "cancel_goal", self._on_cancel, cancel_service_qos_profile, callback_group),
            (impl.SendGoalService, "send_goal", self._on_send_goal, goal_service_qos_profile, callback_group),
        )
        for type_, name, callback, qos, group in services:
            service = node.create_service(type_, f"{base}/{name}", callback, qos_profile=qos, callback_group=group)
            self._destroyers.append(lambda item=service: node.destroy_service(item))
        self._expiry = node.create_timer(max(result_timeout, 0.001), self._expire_results, callback_group=own_group)
        self._expiry.cancel()
        self._destroyers.append(lambda: node.destroy_timer(self._expiry))

    def _owned_publisher(self, type_: Any, name: str, qos: QoSProfile) -> Any:
        publisher = self._node.create_publisher(type_, name, qos)
        self._destroyers.append(lambda: self._node.destroy_publisher(publisher))
        return publisher

    @property
    def action_type(self) -> Any:
        """Type of the action."""
        return self._action_type

    def register_handle_accepted_callback(self, handle_accepted_callback: Callable | None) -> None:
        """Replace the callback for accepted goals; none restores the default."""
        self._callbacks.accepted = handle_accepted_callback or default_handle_accepted_callback

    def register_goal_callback(self, goal_callback: Callable | None) -> None:
        """Replace the callback that accepts goals; none restores the default."""
        self._callbacks.goal = goal_callback or default_goal_callback

    def register_cancel_callback(self, cancel_callback: Callable | None) -> None:
        """Replace the callback that accepts to cancel; none restores the default."""
        self._callbacks.cancel = cancel_callback or default_cancel_callback

    def register_execute_callback(self, execute_callback: Callable) -> None:
        """Replace the callback that executes goals.

        Raises:
            TypeError: It cannot be called.
        """
        if not callable(execute_callback):
            raise TypeError("Failed to register goal execution callback: not callable")
        self._callbacks.execute = execute_callback

    def notify_execute(self, goal_handle: ServerGoalHandle, execute_callback: Callable | None) -> None:
        """Run a goal as a task of the node's executor."""
        callback = execute_callback or self._callbacks.execute
        self._node.executor.create_task(self._execute, callback, goal_handle)

    def notify_goal_done(self) -> None:
        """Start the time after which results are forgotten."""
        if not self._is_destroyed:
            self._expiry.reset()

    def destroy(self) -> None:
        """Destroy all services and topics; goals that are still executing run on, unheard and of unknown status."""
        self._is_destroyed = True
        for handle in self._goals.handles:
            handle.destroy()
        for destroyer in reversed(self._destroyers):
            destroyer()
        self._destroyers.clear()

    # Services

    async def _on_send_goal(self, request: Any, response: Any) -> Any:
        if self._goals.get(request.goal_id) is not None:
            self._logger.error(f"Failed to accept new goal with ID {_hex(request.goal_id)}: it is in use already")
            return response
        stamp = self._node.get_clock().now().to_msg()
        answer = await self._ask(self._callbacks.goal, request.goal, "goal")
        if answer != GoalResponse.ACCEPT:
            if answer not in (GoalResponse.REJECT, None):
                self._logger.warning(f"Unexpected goal response {answer!r}; expected a GoalResponse")
            return response
        response.accepted = True
        response.stamp = stamp
        handle = ServerGoalHandle(self, GoalInfo(goal_id=request.goal_id, stamp=stamp), request.goal)
        self._goals.add(handle)
        self._publish_status()
        # As a task: it runs after this answer was sent.
        self._node.executor.create_task(self._accepted, handle)
        return response

    async def _accepted(self, handle: ServerGoalHandle) -> None:
        await _call(self._callbacks.accepted, handle)

    async def _on_cancel(self, request: Any, response: Any) -> Any:
        response.return_code, handles = goals_to_cancel(request.goal_info, self._goals.handles)
        for handle in handles:
            if await self._ask(self._callbacks.cancel, handle, "cancel") == CancelResponse.ACCEPT:
                self._start_canceling(handle, response)
        return response

    def _start_canceling(self, handle: ServerGoalHandle, response: Any) -> None:
        if handle.is_cancel_requested:
            response.goals_canceling = [*response.goals_canceling, handle.goal_info]
            return
        try:
            handle._update_state(GoalEvent.CANCEL_GOAL)
        except GoalTransitionError as error:
            # The goal ended while the callback was asked.
            self._logger.debug(f"Failed to cancel goal {_hex(handle.goal_id)}: {error}")
            return
        response.goals_canceling = [*response.goals_canceling, handle.goal_info]

    async def _on_get_result(self, request: Any, response: Any) -> Any:
        future = self._goals.result(request.goal_id)
        if future is None:
            self._logger.debug(f"Sending result response for unknown goal ID: {_hex(request.goal_id)}")
            response.status = GoalStatus.STATUS_UNKNOWN
            return response
        return await future

    async def _ask(self, callback: Callable, argument: Any, kind: str) -> Any:
        try:
            return await _call(callback, argument)
        except Exception as error:
            self._logger.error(f"Error raised in {kind} callback: {error!r}\n{traceback.format_exc()}")
            return None

    # Execution

    async def _execute(self, callback: Callable, handle: ServerGoalHandle) -> None:
        result = await self._ask(callback, handle, "execute")
        if handle.is_active:
            self._logger.warning(f"Goal state not set, assuming aborted. Goal ID: {_hex(handle.goal_id)}")
            self._abort(handle)
        result = handle.response if handle.response is not None else result
        if not isinstance(result, self._action_type.Result):
            if result is not None:
                self._logger.error(
                    f"The execute callback returned {type(result).__name__}, "
                    f"expected {self._action_type.__name__}.Result"
                )
            result = self._action_type.Result()
        response = self._action_type.Impl.GetResultService.Response(status=handle.status, result=result)
        self._goals.finish(handle, response, time.monotonic() + self._result_timeout_s)
        self.notify_goal_done()

    @staticmethod
    def _abort(handle: ServerGoalHandle) -> None:
        if handle.status == GoalStatus.STATUS_ACCEPTED:
            handle._update_state(GoalEvent.EXECUTE)
        handle.abort()

    def _expire_results(self) -> None:
        if self._goals.expire(time.monotonic()):
            self._publish_status()
        if not self._goals.has_finished:
            self._expiry.cancel()

    # Called by goal handles

    @property
    def _logger(self) -> Any:
        return self._node.get_logger().get_child("action_server")

    def _publish_feedback(self, handle: ServerGoalHandle, feedback: Any) -> None:
        if not isinstance(feedback, self._action_type.Feedback):
            raise TypeError(f"expected {self._action_type.__name__}.Feedback, got {type(feedback).__name__}")
        message = self._action_type.Impl.FeedbackMessage(goal_id=handle.goal_id, feedback=feedback)
        self._publish(self._feedback_publisher, message)

    def _publish_status(self) -> None:
        statuses = [GoalStatus(goal_info=item.goal_info, status=item.status) for item in self._goals.handles]
        self._publish(self._status_publisher, self._action_type.Impl.GoalStatusMessage(status_list=statuses))

    def _publish(self, publisher: Any, message: Any) -> None:
        try:
            publisher.publish(message)
        except InvalidHandle:
            # A goal may outlive its server; nobody is left to listen.
            if not self._is_destroyed:
                raise

    def _forget(self, handle: ServerGoalHandle) -> None:
        self._goals.remove(handle)
        self._publish_status()


class _Goals:
    """The goals of a server and the futures of their results, by identifier."""

    def __init__(self) -> None:
        self._handles: dict[bytes, ServerGoalHandle] = {}
        self._results: dict[bytes, Future] = {}
        self._deadlines_s: dict[bytes, float] = {}
        self._lock = threading.Lock()

    @property
    def handles(self) -> list[ServerGoalHandle]:
        with self._lock:
            return list(self._handles.values())

    @property
    def has_finished(self) -> bool:
        return bool(self._deadlines_s)

    def get(self, goal_id: Any) -> ServerGoalHandle | None:
        return self._handles.get(bytes(goal_id.uuid))

    def result(self, goal_id: Any) -> Future | None:
        return self._results.get(bytes(goal_id.uuid))

    def add(self, handle: ServerGoalHandle) -> None:
        key = bytes(handle.goal_id.uuid)
        with self._lock:
            self._handles[key] = handle
            self._results[key] = Future()

    def finish(self, handle: ServerGoalHandle, response: Any, deadline_s: float) -> None:
        key = bytes(handle.goal_id.uuid)
        with self._lock:
            future = self._results.get(key)
            if future is not None:
                self._deadlines_s[key] = deadline_s
        if future is not None:
            future.set_result(response)

    def remove(self, handle: ServerGoalHandle) -> None:
        self._drop(bytes(handle.goal_id.uuid))

    def expire(self, now_s: float) -> bool:
        due = [key for key, deadline_s in list(self._deadlines_s.items()) if deadline_s <= now_s]
        for key in due:
            self._drop(key)
        return bool(due)

    def _drop(self, key: bytes) -> None:
        with self._lock:
            self._handles.pop(key, None)
            self._results.pop(key, None)
            self._deadlines_s.pop(key, None)


async def _call(callback: Callable, *arguments: Any) -> Any:
    value = callback(*arguments)
    return await value if inspect.isawaitable(value) else value


def _hex(goal_id: Any) -> str:
    return bytes(goal_id.uuid).hex()
