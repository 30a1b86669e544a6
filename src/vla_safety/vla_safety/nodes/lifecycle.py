# SPDX-License-Identifier: Apache-2.0
"""The node's life cycle, by composition: transitions are passed to a component, which may refuse with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from rclpy.lifecycle import LifecycleNode, LifecycleState, ManagedEntity, TransitionCallbackReturn
from vla_safety.errors import SafetyError

__all__ = ["Component", "Lifecycle"]

SUCCESS, FAILURE = TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE


class Component(Protocol):
    """What the node does."""

    def configure(self) -> None:
        """Listen."""

    def activate(self) -> None:
        """Take the arm."""

    def deactivate(self) -> None:
        """Give it back."""

    def cleanup(self) -> None:
        """Release everything."""


class Lifecycle(ManagedEntity):
    """Follows the transitions of a node."""

    def __init__(self, node: LifecycleNode, component: Component) -> None:
        self._node, self._component = node, component
        self.is_configured = False
        self.is_active = False
        self.refusal = ""  # the latest, so that one that is repeated is logged once
        node.add_managed_entity(self)

    def configure(self) -> bool:
        """Configure; whether it was done."""
        return self._node.trigger_configure() == SUCCESS

    def activate(self) -> bool:
        """Activate; whether it was done."""
        return self._node.trigger_activate() == SUCCESS

    def stop(self) -> None:
        """Deactivate and clean up as far as needed; for the end of the process."""
        if self.is_active:
            self._node.trigger_deactivate()
        if self.is_configured:
            self._node.trigger_cleanup()

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Configure the component."""
        self.is_configured = self._try(self._component.configure)
        return SUCCESS if self.is_configured else FAILURE

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Activate the component."""
        self.is_active = self._try(self._component.activate)
        return SUCCESS if self.is_active else FAILURE

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Deactivate the component."""
        self.is_active = False
        return SUCCESS if self._try(self._component.deactivate) else FAILURE

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Clean the component up."""
        self.is_configured = False
        return SUCCESS if self._try(self._component.cleanup) else FAILURE

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Deactivate and clean up as far as needed."""
        return self._release()

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Release everything, so that the node can be configured again."""
        return self._release()

    def _release(self) -> TransitionCallbackReturn:
        steps = [(self.is_active, self._component.deactivate), (self.is_configured, self._component.cleanup)]
        self.is_active = self.is_configured = False
        done = [self._try(step) for needed, step in steps if needed]
        return SUCCESS if all(done) else FAILURE

    def _try(self, step: Callable[[], None]) -> bool:
        try:
            step()
        except SafetyError as error:
            if str(error) != self.refusal:
                self._node.get_logger().warning(str(error))
            self.refusal = str(error)
            return False
        self.refusal = ""
        return True
