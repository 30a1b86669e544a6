# SPDX-License-Identifier: Apache-2.0
"""The action that runs a lifecycle node: its transitions become events, and events its transitions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from launch.actions import OpaqueCoroutine
from launch.event import Event
from launch.event_handler import EventHandler
from launch.launch_context import LaunchContext
from launch.launch_description_entity import LaunchDescriptionEntity
from launch.some_substitutions_type import SomeSubstitutionsType
from launch_ros.actions.lifecycle_transition import LifecycleTransition
from launch_ros.actions.node import Node
from launch_ros.events.lifecycle import ChangeState, StateTransition
from launch_ros.lifecycle_client import LifecycleClient
from launch_ros.ros_adapters import get_ros_node

_CONFIGURE, _ACTIVATE = 1, 3  # lifecycle_msgs/Transition


class LifecycleNode(Node):
    """A Node with a lifecycle; with ``autostart`` it is configured and activated as soon as it is there."""

    def __init__(
        self,
        *,
        name: SomeSubstitutionsType,
        namespace: SomeSubstitutionsType,
        autostart: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, namespace=namespace, **kwargs)
        self._autostart = autostart
        self._subscription: Any = None

    @property
    def is_lifecycle_node(self) -> bool:
        """Whether it has a lifecycle."""
        return True

    def execute(self, context: LaunchContext) -> Iterable[LaunchDescriptionEntity] | None:
        """Start the process, listen to its transitions, and configure and activate it where wanted."""
        following = list(super().execute(context) or [])
        if context.is_shutdown:
            return following
        self._listen(context)
        context.register_event_handler(_OnChangeState(self))
        if self._autostart:
            following.append(
                LifecycleTransition(lifecycle_node_names=[self.node_name], transition_ids=[_CONFIGURE, _ACTIVATE])
            )
        return following

    def _listen(self, context: LaunchContext) -> None:
        from lifecycle_msgs.msg import TransitionEvent

        def on_transition(message: Any) -> None:
            loop = context.asyncio_loop
            if loop is not None and not loop.is_closed():
                loop.call_soon_threadsafe(context.emit_event_sync, StateTransition(action=self, msg=message))

        node = get_ros_node(context)
        self._subscription = node.create_subscription(
            TransitionEvent, f"{self.node_name}/transition_event", on_transition, 10
        )


class _OnChangeState(EventHandler):
    def __init__(self, node: LifecycleNode) -> None:
        super().__init__(matcher=lambda event: isinstance(event, ChangeState) and event.lifecycle_node_matcher(node))
        self._node = node

    def handle(self, event: Event, context: LaunchContext) -> list[LaunchDescriptionEntity]:
        """Return the request as an action, so that the loop goes on."""

        async def change(context: LaunchContext) -> None:
            if isinstance(event, ChangeState):
                await LifecycleClient(context, self._node.node_name).change_state(event.transition_id)

        return [OpaqueCoroutine(coroutine=change)]
