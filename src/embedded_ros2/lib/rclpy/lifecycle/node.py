# SPDX-License-Identifier: Apache-2.0
"""Managed nodes: user callbacks around the state machine. Its services are in ``_interface``."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from lifecycle_msgs.msg import State, Transition

from rclpy.lifecycle._interface import LifecycleInterface
from rclpy.lifecycle.managed_entity import ManagedEntity
from rclpy.lifecycle.publisher import LifecyclePublisher
from rclpy.lifecycle.state_machine import (
    LifecycleState,
    LifecycleStateMachine,
    TransitionCallbackReturn,
)
from rclpy.node import Node

_CALLBACK_NAMES = {
    State.TRANSITION_STATE_CONFIGURING: "on_configure",
    State.TRANSITION_STATE_CLEANINGUP: "on_cleanup",
    State.TRANSITION_STATE_SHUTTINGDOWN: "on_shutdown",
    State.TRANSITION_STATE_ACTIVATING: "on_activate",
    State.TRANSITION_STATE_DEACTIVATING: "on_deactivate",
    State.TRANSITION_STATE_ERRORPROCESSING: "on_error",
}


class LifecycleNodeMixin(ManagedEntity):
    """Adds a managed life cycle to a node; the node must be initialised first.

    Args:
        enable_communication_interface: Offer the life cycle's services and events.
        callback_group: Group of the services.
    """

    def __init__(self, *, enable_communication_interface: bool = True, callback_group: Any = None) -> None:
        self._lifecycle_machine = LifecycleStateMachine()
        self._lifecycle_callbacks: dict[int, Callable[[LifecycleState], TransitionCallbackReturn]] = {}
        self._managed_entities: list[ManagedEntity] = []
        self._lifecycle_interface: LifecycleInterface | None = None
        if enable_communication_interface:
            self._lifecycle_interface = LifecycleInterface(
                self, self._lifecycle_machine, self._change_lifecycle_state, callback_group
            )

    def trigger_configure(self) -> TransitionCallbackReturn:
        """Go from unconfigured to inactive.

        Raises:
            LifecycleTransitionError: The current state does not allow it.
        """
        return self._change_lifecycle_state(Transition.TRANSITION_CONFIGURE)

    def trigger_cleanup(self) -> TransitionCallbackReturn:
        """Go from inactive to unconfigured; raises as :meth:`trigger_configure`."""
        return self._change_lifecycle_state(Transition.TRANSITION_CLEANUP)

    def trigger_shutdown(self) -> TransitionCallbackReturn:
        """Go to finalized from any primary state; raises as :meth:`trigger_configure`."""
        return self._change_lifecycle_state("shutdown")

    def trigger_activate(self) -> TransitionCallbackReturn:
        """Go from inactive to active; raises as :meth:`trigger_configure`."""
        return self._change_lifecycle_state(Transition.TRANSITION_ACTIVATE)

    def trigger_deactivate(self) -> TransitionCallbackReturn:
        """Go from active to inactive; raises as :meth:`trigger_configure`."""
        return self._change_lifecycle_state(Transition.TRANSITION_DEACTIVATE)

    def add_managed_entity(self, entity: ManagedEntity) -> None:
        """Let an entity follow the transitions of this node."""
        self._managed_entities.append(entity)

    def register_callback(
        self, lifecycle_state: int, callback: Callable[[LifecycleState], TransitionCallbackReturn]
    ) -> bool:
        """Replace the callback of a transition state, e.g. ``State.TRANSITION_STATE_CONFIGURING``."""
        self._lifecycle_callbacks[lifecycle_state] = callback
        return True

    def register_on_configure(self, callback: Callable[[LifecycleState], TransitionCallbackReturn]) -> bool:
        """Replace ``on_configure``."""
        return self.register_callback(State.TRANSITION_STATE_CONFIGURING, callback)

    def register_on_cleanup(self, callback: Callable[[LifecycleState], TransitionCallbackReturn]) -> bool:
        """Replace ``on_cleanup``."""
        return self.register_callback(State.TRANSITION_STATE_CLEANINGUP, callback)

    def register_on_shutdown(self, callback: Callable[[LifecycleState], TransitionCallbackReturn]) -> bool:
        """Replace ``on_shutdown``."""
        return self.register_callback(State.TRANSITION_STATE_SHUTTINGDOWN, callback)

    def register_on_activate(self, callback: Callable[[LifecycleState], TransitionCallbackReturn]) -> bool:
        """Replace ``on_activate``."""
        return self.register_callback(State.TRANSITION_STATE_ACTIVATING, callback)

    def register_on_deactivate(self, callback: Callable[[LifecycleState], TransitionCallbackReturn]) -> bool:
        """Replace ``on_deactivate``."""
        return self.register_callback(State.TRANSITION_STATE_DEACTIVATING, callback)

    def register_on_error(self, callback: Callable[[LifecycleState], TransitionCallbackReturn]) -> bool:
        """Replace ``on_error``."""
        return self.register_callback(State.TRANSITION_STATE_ERRORPROCESSING, callback)

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Configure all managed entities; the first that does not succeed decides. Override and call ``super()``."""
        return self._tell_entities("on_configure", state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Clean up all managed entities; see :meth:`on_configure`."""
        return self._tell_entities("on_cleanup", state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Shut down all managed entities; see :meth:`on_configure`."""
        return self._tell_entities("on_shutdown", state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Activate all managed entities; see :meth:`on_configure`."""
        return self._tell_entities("on_activate", state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Deactivate all managed entities; see :meth:`on_configure`."""
        return self._tell_entities("on_deactivate", state)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Tell all managed entities of an error; success leads to unconfigured, anything else to finalized."""
        return self._tell_entities("on_error", state)

    def create_lifecycle_publisher(self, *args: Any, **kwargs: Any) -> LifecyclePublisher:
        """Create a publisher that is silent unless the node is active; arguments as ``create_publisher``."""
        publisher = self.create_publisher(*args, **{"publisher_class": LifecyclePublisher, **kwargs})
        self._managed_entities.append(publisher)
        return publisher

    def destroy_lifecycle_publisher(self, publisher: LifecyclePublisher) -> bool:
        """Destroy a publisher made by :meth:`create_lifecycle_publisher`."""
        if publisher in self._managed_entities:
            self._managed_entities.remove(publisher)
        return self.destroy_publisher(publisher)

    def _tell_entities(self, callback_name: str, state: LifecycleState) -> TransitionCallbackReturn:
        for entity in self._managed_entities:
            answer = getattr(entity, callback_name)(state)
            if answer != TransitionCallbackReturn.SUCCESS:
                return answer
        return TransitionCallbackReturn.SUCCESS

    def _change_lifecycle_state(self, key: int | str) -> TransitionCallbackReturn:
        machine = self._lifecycle_machine
        initial = machine.state
        self._follow(key)
        answer = self._run_callback(machine.state, initial)
        self._follow(answer.to_label())
        if answer == TransitionCallbackReturn.ERROR:
            self._follow(self._run_callback(machine.state, initial).to_label())
        return answer

    def _follow(self, key: int | str) -> None:
        transition = self._lifecycle_machine.trigger(key)
        if self._lifecycle_interface is not None:
            self._lifecycle_interface.publish_event(transition)

    def _run_callback(self, current: LifecycleState, previous: LifecycleState) -> TransitionCallbackReturn:
        name = _CALLBACK_NAMES[current.state_id]
        callback = self._lifecycle_callbacks.get(current.state_id) or getattr(self, name)
        try:
            answer = callback(previous)
        except Exception:
            self.get_logger().error(f"{name} raised an exception:\n{traceback.format_exc()}")
            return TransitionCallbackReturn.ERROR
        if not isinstance(answer, TransitionCallbackReturn):
            self.get_logger().error(f"{name} returned {answer!r}, expected a TransitionCallbackReturn")
            return TransitionCallbackReturn.ERROR
        return answer


class LifecycleNode(LifecycleNodeMixin, Node):
    """A node with a managed life cycle.

    Args:
        node_name: Name of the node.
        enable_communication_interface: Offer the life cycle's services and events.
        **kwargs: As ``rclpy.node.Node``.
    """

    def __init__(self, node_name: str, *, enable_communication_interface: bool = True, **kwargs: Any) -> None:
        Node.__init__(self, node_name, **kwargs)
        LifecycleNodeMixin.__init__(self, enable_communication_interface=enable_communication_interface)
