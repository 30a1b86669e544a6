# SPDX-License-Identifier: Apache-2.0
"""The action that emits an event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from launch.action import Action
from launch.event import Event
from launch.launch_context import LaunchContext


class EmitEvent(Action):
    """Emits an event, or the one that a callable makes from the context."""

    def __init__(self, *, event: Event | Callable[[LaunchContext], Event], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(event, Event) and not callable(event):
            raise TypeError(f"EmitEvent expects an event, got {event!r}")
        self._event = event

    @property
    def event(self) -> Event | Callable[[LaunchContext], Event]:
        """The event."""
        return self._event

    def describe(self) -> str:
        """Return one line for people."""
        return f"EmitEvent({getattr(self._event, 'name', self._event)})"

    def execute(self, context: LaunchContext) -> None:
        """Emit it."""
        context.emit_event_sync(self._event if isinstance(self._event, Event) else self._event(context))
