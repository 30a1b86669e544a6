# SPDX-License-Identifier: Apache-2.0
"""Action clients, made of three service clients and two subscriptions."""

from __future__ import annotations

import threading
import time
import uuid
import weakref
from collections.abc import Callable
from typing import Any

from action_msgs.msg import GoalInfo, GoalStatus
from builtin_interfaces.msg import Time
from unique_identifier_msgs.msg import UUID

from rclpy.action.client_goal_handle import ClientGoalHandle
from rclpy.qos import QoSProfile, qos_profile_action_status_default, qos_profile_services_default
from rclpy.task import Future

__all__ = ["ActionClient", "ClientGoalHandle"]

_TERMINAL = (GoalStatus.STATUS_SUCCEEDED, GoalStatus.STATUS_CANCELED, GoalStatus.STATUS_ABORTED)
# As rclpy's wait_for_server: short against what starting a process takes, long against one look at the graph.
_POLL_PERIOD_S = 0.1


class ActionClient:
    """Sends goals of one action to its server.

    Args:
        node: The node that owns the client.
        action_type: E.g. ``example_interfaces.action.Fibonacci``.
        action_name: Name of the action; relative to the node's namespace.
        callback_group: Group of all callbacks.
        goal_service_qos_profile: Quality of service of ``send_goal``.
        result_service_qos_profile: Quality of service of ``get_result``.
        cancel_service_qos_profile: Quality of service of ``cancel_goal``.
        feedback_sub_qos_profile: Quality of service of the feedback.
        status_sub_qos_profile: Quality of service of the status.
    """

    def __init__(
        self,
        node: Any,
        action_type: Any,
        action_name: str,
        *,
        callback_group: Any = None,
        goal_service_qos_profile: QoSProfile = qos_profile_services_default,
        result_service_qos_profile: QoSProfile = qos_profile_services_default,
        cancel_service_qos_profile: QoSProfile = qos_profile_services_default,
        feedback_sub_qos_profile: QoSProfile | None = None,
        status_sub_qos_profile: QoSProfile = qos_profile_action_status_default,
    ) -> None:
        self._node = node
        self._action_type = action_type
        self._action_name = action_name
        self._base = f"{node.resolve_topic_name(action_name)}/_action"
        self._feedback_callbacks: dict[bytes, Callable[[Any], Any]] = {}
        self._handles: weakref.WeakValueDictionary[bytes, ClientGoalHandle] = weakref.WeakValueDictionary()
        impl = action_type.Impl
        profiles = {
            "send_goal": (impl.SendGoalService, goal_service_qos_profile),
            "get_result": (impl.GetResultService, result_service_qos_profile),
            "cancel_goal": (impl.CancelGoalService, cancel_service_qos_profile),
        }
        self._clients = {
            name: node.create_client(type_, f"{self._base}/{name}", qos_profile=qos, callback_group=callback_group)
            for name, (type_, qos) in profiles.items()
        }
        feedback_qos = feedback_sub_qos_profile or QoSProfile(depth=10)
        topics = (
            (impl.FeedbackMessage, "feedback", self._on_feedback, feedback_qos),
            (impl.GoalStatusMessage, "status", self._on_status, status_sub_qos_profile),
        )
        self._subscriptions = [
            node.create_subscription(type_, f"{self._base}/{name}", callback, qos, callback_group=callback_group)
            for type_, name, callback, qos in topics
        ]

    def send_goal_async(
        self,
        goal: Any,
        feedback_callback: Callable[[Any], Any] | None = None,
        goal_uuid: UUID | None = None,
    ) -> Future:
        """Send a goal; the future's result is a :class:`ClientGoalHandle`.

        Args:
            goal: A ``Goal`` message.
            feedback_callback: Takes each ``FeedbackMessage`` of this goal.
            goal_uuid: Identifier of the goal; random when left out.

        Raises:
            TypeError: ``goal`` is not a ``Goal`` of this action.
        """
        if not isinstance(goal, self._action_type.Goal):
            raise TypeError(f"expected {self._action_type.__name__}.Goal, got {type(goal).__name__}")
        goal_id = goal_uuid or UUID(uuid=list(uuid.uuid4().bytes))
        key = bytes(goal_id.uuid)
        if feedback_callback is not None:
            # Before the request: feedback may come ahead of the answer.
            self._feedback_callbacks[key] = feedback_callback
        request = self._action_type.Impl.SendGoalService.Request(goal_id=goal_id, goal=goal)

        def to_handle(response: Any) -> ClientGoalHandle:
            handle = ClientGoalHandle(self, goal_id, response)
            if handle.accepted:
                self._handles[key] = handle
            else:
                self._feedback_callbacks.pop(key, None)
            return handle

        return self._call("send_goal", request, to_handle)

    def send_goal(
        self, goal: Any, feedback_callback: Callable[[Any], Any] | None = None, goal_uuid: UUID | None = None
    ) -> Any:
        """Send a goal and wait for its result; only from a thread that does not spin.

        Returns:
            The result response, or none when the goal was rejected.
        """
        handle = _wait_for(self.send_goal_async(goal, feedback_callback, goal_uuid))
        return self._get_result(handle) if handle.accepted else None

    def server_is_ready(self) -> bool:
        """Tell whether a server with all its services and topics is there."""
        return all(client.service_is_ready() for client in self._clients.values()) and all(
            self._node.count_publishers(f"{self._base}/{name}") > 0 for name in ("feedback", "status")
        )

    def wait_for_server(self, timeout_sec: float | None = None) -> bool:
        """Wait until a server is there; return whether it is.

        Args:
            timeout_sec: Longest wait [s]; none means without end.
        """
        deadline_s = None if timeout_sec is None else time.monotonic() + timeout_sec
        while self._node.context.ok() and not self.server_is_ready():
            left_s = _POLL_PERIOD_S if deadline_s is None else deadline_s - time.monotonic()
            if left_s <= 0:
                return False
            time.sleep(min(_POLL_PERIOD_S, left_s))
        return self.server_is_ready()

    def destroy(self) -> None:
        """Destroy all service clients and subscriptions."""
        for client in self._clients.values():
            self._node.destroy_client(client)
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._clients.clear()
        self._subscriptions.clear()

    def _cancel_goal_async(self, handle: ClientGoalHandle) -> Future:
        request = self._action_type.Impl.CancelGoalService.Request(
            goal_info=GoalInfo(goal_id=handle.goal_id, stamp=Time())
        )
        return self._call("cancel_goal", request)

    def _cancel_goal(self, handle: ClientGoalHandle) -> Any:
        return _wait_for(self._cancel_goal_async(handle))

    def _get_result_async(self, handle: ClientGoalHandle) -> Future:
        request = self._action_type.Impl.GetResultService.Request(goal_id=handle.goal_id)

        def note_status(response: Any) -> Any:
            handle._status = response.status
            self._feedback_callbacks.pop(bytes(handle.goal_id.uuid), None)
            return response

        return self._call("get_result", request, note_status)

    def _get_result(self, handle: ClientGoalHandle) -> Any:
        return _wait_for(self._get_result_async(handle))

    def _call(self, name: str, request: Any, convert: Callable[[Any], Any] = lambda response: response) -> Future:
        future = Future(executor=self._node.executor)

        def on_response(reply: Future) -> None:
            if future.cancelled():
                return
            error = reply.exception()
            if error is not None:
                future.set_exception(error)
            elif not reply.cancelled():
                future.set_result(convert(reply.result()))

        self._clients[name].call_async(request).add_done_callback(on_response)
        return future

    def _on_feedback(self, message: Any) -> Any:
        callback = self._feedback_callbacks.get(bytes(message.goal_id.uuid))
        return callback(message) if callback is not None else None

    def _on_status(self, message: Any) -> None:
        for status in message.status_list:
            handle = self._handles.get(bytes(status.goal_info.goal_id.uuid))
            # The status topic may lag behind a result that is known already.
            if handle is not None and handle._status not in _TERMINAL:
                handle._status = status.status


def _wait_for(future: Future) -> Any:
    done = threading.Event()
    future.add_done_callback(lambda _future: done.set())
    done.wait()
    if future.exception() is not None:
        raise future.exception()
    return future.result()
