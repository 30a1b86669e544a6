# SPDX-License-Identifier: Apache-2.0
"""Base of the event handlers: a matcher and the entities that a match brings in."""

from __future__ import annotations

from collections.abc import Callable

from launch.event import Event
from launch.launch_context import LaunchContext
from launch.launch_description_entity import LaunchDescriptionEntity
from launch.some_entities_type import SomeEntitiesType


class BaseEventHandler:
    """Matches events and handles them; with ``handle_once`` only the first match counts."""

    def __init__(self, *, matcher: Callable[[Event], bool], handle_once: bool = False) -> None:
        self._matcher = matcher
        self._handle_once = handle_once
        self._has_handled = False

    @property
    def handle_once(self) -> bool:
        """Whether the handler goes after its first match."""
        return self._handle_once

    @property
    def handler_description(self) -> str:
        """What the handler does, for people."""
        return f"{type(self).__name__} handler"

    @property
    def matcher_description(self) -> str:
        """What the handler waits for, for people."""
        return getattr(self._matcher, "__name__", repr(self._matcher))

    def matches(self, event: Event) -> bool:
        """Return whether this handler is for ``event``."""
        return not (self._handle_once and self._has_handled) and self._matcher(event)

    def describe(self) -> tuple[str, list[LaunchDescriptionEntity]]:
        """Return a line for people and the entities known beforehand."""
        return f"{type(self).__name__}(matcher='{self.matcher_description}')", []

    def handle(self, event: Event, context: LaunchContext) -> SomeEntitiesType | None:
        """Handle a matching event: entities returned are visited next."""
        context.extend_locals({"event": event})
        if self._handle_once:
            self._has_handled = True
            context.unregister_event_handler(self)
        return None


class EventHandler(BaseEventHandler):
    """A handler whose entities are given beforehand."""

    def __init__(
        self,
        *,
        matcher: Callable[[Event], bool],
        entities: SomeEntitiesType | None = None,
        handle_once: bool = False,
    ) -> None:
        super().__init__(matcher=matcher, handle_once=handle_once)
        self._entities = as_entities(entities)

    @property
    def entities(self) -> list[LaunchDescriptionEntity]:
        """Entities that a match brings in."""
        return self._entities

    def describe(self) -> tuple[str, list[LaunchDescriptionEntity]]:
        """Return a line for people and the entities known beforehand."""
        return super().describe()[0], self._entities

    def handle(self, event: Event, context: LaunchContext) -> SomeEntitiesType | None:
        """Return the entities."""
        super().handle(event, context)
        return self._entities


def as_entities(entities: SomeEntitiesType | None) -> list[LaunchDescriptionEntity]:
    """Return one entity, a sequence of them or None as a list."""
    if entities is None:
        return []
    if isinstance(entities, LaunchDescriptionEntity):
        return [entities]
    return [entity for entry in entities for entity in as_entities(entry)]
