# SPDX-License-Identifier: Apache-2.0
"""Things that follow the states of a managed node."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from rclpy.lifecycle.state_machine import LifecycleState, TransitionCallbackReturn


class ManagedEntity:
    """Follows transitions; every callback succeeds unless overridden."""

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Follow ``configure`` from ``state``."""
        return TransitionCallbackReturn.SUCCESS

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Follow ``cleanup`` from ``state``."""
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Follow ``shutdown`` from ``state``."""
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Follow ``activate`` from ``state``."""
        return TransitionCallbackReturn.SUCCESS

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Follow ``deactivate`` from ``state``."""
        return TransitionCallbackReturn.SUCCESS

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Follow the processing of an error."""
        return TransitionCallbackReturn.SUCCESS


class SimpleManagedEntity(ManagedEntity):
    """Is enabled while its node is active."""

    def __init__(self) -> None:
        self._enabled = False

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Enable."""
        self._enabled = True
        return TransitionCallbackReturn.SUCCESS

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Disable."""
        self._enabled = False
        return TransitionCallbackReturn.SUCCESS

    @property
    def is_activated(self) -> bool:
        """Whether the node is active."""
        return self._enabled

    @staticmethod
    def when_enabled(wrapped: Callable | None = None, *, when_not_enabled: Callable | None = None) -> Callable:
        """Decorate a method that runs only while enabled; otherwise ``when_not_enabled`` runs, if given."""

        def decorate(method: Callable) -> Callable:
            @wraps(method)
            def only_when_enabled(self: SimpleManagedEntity, *args: Any, **kwargs: Any) -> Any:
                if self._enabled:
                    return method(self, *args, **kwargs)
                return when_not_enabled(self, *args, **kwargs) if when_not_enabled is not None else None

            return only_when_enabled

        return decorate if wrapped is None else decorate(wrapped)
