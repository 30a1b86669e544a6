# SPDX-License-Identifier: Apache-2.0
"""Callbacks on changes of any node's parameters, from ``/parameter_events``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rcl_interfaces.msg import Parameter as ParameterMsg
from rcl_interfaces.msg import ParameterEvent

from rclpy.qos import QoSProfile, qos_profile_parameter_events


@dataclass(eq=False)
class ParameterCallbackHandle:
    """Names a callback on one parameter, for its removal."""

    parameter_name: str
    node_name: str
    callback: Callable[[ParameterMsg], None]


@dataclass(eq=False)
class ParameterEventCallbackHandle:
    """Names a callback on whole events, for its removal."""

    callback: Callable[[ParameterEvent], None]


class ParameterEventHandler:
    """Calls back when parameters change, the newest callback first.

    Args:
        node: The node that owns the subscription.
        qos_profile: Quality of service of the subscription.
        callback_group: Group of the subscription.
    """

    def __init__(
        self, node: Any, qos_profile: QoSProfile = qos_profile_parameter_events, callback_group: Any = None
    ) -> None:
        self._node = node
        self._parameter_callbacks: list[ParameterCallbackHandle] = []
        self._event_callbacks: list[ParameterEventCallbackHandle] = []
        self._subscription = node.create_subscription(
            ParameterEvent, "/parameter_events", self._on_event, qos_profile, callback_group=callback_group
        )

    def destroy(self) -> None:
        """Stop listening."""
        self._node.destroy_subscription(self._subscription)

    def add_parameter_event_callback(self, callback: Callable[[ParameterEvent], None]) -> ParameterEventCallbackHandle:
        """Call back with every event."""
        handle = ParameterEventCallbackHandle(callback)
        self._event_callbacks.insert(0, handle)
        return handle

    def remove_parameter_event_callback(self, handle: ParameterEventCallbackHandle) -> None:
        """Remove a callback; ``ValueError`` when it is not there."""
        self._event_callbacks.remove(handle)

    def add_parameter_callback(
        self, parameter_name: str, node_name: str, callback: Callable[[ParameterMsg], None]
    ) -> ParameterCallbackHandle:
        """Call back with the new value of one parameter.

        Args:
            parameter_name: Full name of the parameter.
            node_name: Absolute or relative name of its node; empty for the own node.
            callback: Takes the parameter message.
        """
        handle = ParameterCallbackHandle(parameter_name, self._resolve(node_name), callback)
        self._parameter_callbacks.insert(0, handle)
        return handle

    def remove_parameter_callback(self, handle: ParameterCallbackHandle) -> None:
        """Remove a callback; ``ValueError`` when it is not there."""
        self._parameter_callbacks.remove(handle)

    @staticmethod
    def get_parameter_from_event(event: ParameterEvent, parameter_name: str, node_name: str) -> ParameterMsg | None:
        """Return the new or changed parameter of an event, if it is there."""
        if event.node != node_name:
            return None
        for parameter in [*event.new_parameters, *event.changed_parameters]:
            if parameter.name == parameter_name:
                return parameter
        return None

    @staticmethod
    def get_parameters_from_event(event: ParameterEvent) -> list[ParameterMsg]:
        """Return all new and changed parameters of an event."""
        return [*event.new_parameters, *event.changed_parameters]

    def _resolve(self, node_name: str) -> str:
        if not node_name:
            return self._node.get_fully_qualified_name()
        if node_name.startswith("/"):
            return node_name
        return f"{self._node.get_namespace().rstrip('/')}/{node_name}"

    def _on_event(self, event: ParameterEvent) -> None:
        for handle in list(self._parameter_callbacks):
            parameter = self.get_parameter_from_event(event, handle.parameter_name, handle.node_name)
            if parameter is not None:
                handle.callback(parameter)
        for handle in list(self._event_callbacks):
            handle.callback(event)
