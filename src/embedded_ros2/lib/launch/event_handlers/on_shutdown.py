# SPDX-License-Identifier: Apache-2.0
"""Handler: the launch ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from launch.event import Event
from launch.event_handler import BaseEventHandler, as_entities
from launch.events.shutdown import Shutdown
from launch.launch_context import LaunchContext
from launch.launch_description_entity import LaunchDescriptionEntity
from launch.some_entities_type import SomeEntitiesType


class OnShutdown(BaseEventHandler):
    """The launch ends: the entities are visited, or what the callable returns."""

    def __init__(
        self,
        *,
        on_shutdown: SomeEntitiesType | Callable[[Shutdown, LaunchContext], SomeEntitiesType | None],
        **kwargs: Any,
    ) -> None:
        super().__init__(matcher=lambda event: isinstance(event, Shutdown), **kwargs)
        self._on_shutdown = on_shutdown

    @property
    def matcher_description(self) -> str:
        """What the handler waits for, for people."""
        return "event is launch.events.Shutdown"

    def describe(self) -> tuple[str, list[LaunchDescriptionEntity]]:
        """Return a line for people and the entities known beforehand."""
        return super().describe()[0], [] if callable(self._on_shutdown) else as_entities(self._on_shutdown)

    def handle(self, event: Event, context: LaunchContext) -> SomeEntitiesType | None:
        """Return the entities, or what the callable returns."""
        super().handle(event, context)
        if callable(self._on_shutdown):
            return self._on_shutdown(event, context)  # type: ignore[arg-type]
        return as_entities(self._on_shutdown)
