# SPDX-License-Identifier: Apache-2.0
"""Managed life cycle by composition: a lifecycle node has a ``Lifecycle``, which drives one component.

A component raises a ``VlaError`` to refuse a transition; the sentence is logged and the node stays where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from rclpy.lifecycle import LifecycleNode, LifecycleState, ManagedEntity, TransitionCallbackReturn
from vla_ros.errors import VlaError

__all__ = ["Component", "Lifecycle"]


class Component(Protocol):
    """What a node does, apart from being a node. Each method undoes or continues the one before it."""

    def configure(self) -> None:
        """Read parameters and files, make what needs no traffic."""

    def activate(self) -> None:
        """Begin to work."""

    def deactivate(self) -> None:
        """Stop working, in reverse order."""

    def cleanup(self) -> None:
        """Release what ``configure`` made."""


class Lifecycle(ManagedEntity):
    """Follows the transitions of a node and passes them to its component."""

    def __init__(self, node: LifecycleNode, component: Component) -> None:
        self._node = node
        self._component = component
        self._active = False
        self._configured = False
        node.add_managed_entity(self)

    def start(self) -> bool:
        """Configure and activate at once (``autostart``); whether both succeeded."""
        success = TransitionCallbackReturn.SUCCESS
        return self._node.trigger_configure() == success and self._node.trigger_activate() == success

    def stop(self) -> None:
        """Deactivate and clean up, whatever the state; for the end of the process."""
        if self._active:
            self._node.trigger_deactivate()
        if self._configured:
            self._node.trigger_cleanup()

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Configure the component."""
        answer = self._try(self._component.configure)
        self._configured = answer == TransitionCallbackReturn.SUCCESS
        return answer

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Activate the component."""
        answer = self._try(self._component.activate)
        self._active = answer == TransitionCallbackReturn.SUCCESS
        return answer

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Deactivate the component."""
        self._active = False
        return self._try(self._component.deactivate)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Clean the component up."""
        self._configured = False
        return self._try(self._component.cleanup)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Deactivate and clean up as far as needed."""
        return self._release()

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Release everything, so that the node can be configured again."""
        return self._release()

    def _release(self) -> TransitionCallbackReturn:
        steps = [(self._active, self._component.deactivate), (self._configured, self._component.cleanup)]
        self._active = self._configured = False
        answers = [self._try(step) for needed, step in steps if needed]
        bad = [answer for answer in answers if answer != TransitionCallbackReturn.SUCCESS]
        return bad[0] if bad else TransitionCallbackReturn.SUCCESS

    def _try(self, step: Callable[[], None]) -> TransitionCallbackReturn:
        try:
            step()
        except VlaError as error:
            self._node.get_logger().error(str(error))
            return TransitionCallbackReturn.FAILURE
        return TransitionCallbackReturn.SUCCESS
