# SPDX-License-Identifier: Apache-2.0
"""Actions that add and remove event handlers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from launch.action import Action
from launch.event_handler import BaseEventHandler
from launch.launch_context import LaunchContext
from launch.launch_description_entity import LaunchDescriptionEntity


class RegisterEventHandler(Action):
    """Adds an event handler."""

    def __init__(self, event_handler: BaseEventHandler, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(event_handler, BaseEventHandler):
            raise TypeError(f"RegisterEventHandler expects an event handler, got {event_handler!r}")
        self._handler = event_handler

    @property
    def event_handler(self) -> BaseEventHandler:
        """The handler."""
        return self._handler

    def describe(self) -> str:
        """Return one line for people."""
        return f"RegisterEventHandler({self._handler.describe()[0]})"

    def describe_conditional_sub_entities(self) -> list[tuple[str, Iterable[LaunchDescriptionEntity]]]:
        """Return the entities that an event brings in."""
        entities = self._handler.describe()[1]
        return [(f"on {self._handler.matcher_description}", entities)] if entities else []

    def execute(self, context: LaunchContext) -> None:
        """Add it."""
        context.register_event_handler(self._handler)


class UnregisterEventHandler(Action):
    """Removes an event handler."""

    def __init__(self, event_handler: BaseEventHandler, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._handler = event_handler

    @property
    def event_handler(self) -> BaseEventHandler:
        """The handler."""
        return self._handler

    def execute(self, context: LaunchContext) -> None:
        """Remove it."""
        context.unregister_event_handler(self._handler)
