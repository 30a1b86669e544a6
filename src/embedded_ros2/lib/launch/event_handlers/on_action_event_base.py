# SPDX-License-Identifier: Apache-2.0
"""Base of the handlers for what happens to an action."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from launch.action import Action
from launch.event import Event
from launch.event_handler import BaseEventHandler, as_entities
from launch.launch_context import LaunchContext
from launch.launch_description_entity import LaunchDescriptionEntity
from launch.some_entities_type import SomeEntitiesType

ActionMatcher = Callable[[Action], bool]
OnEvent = SomeEntitiesType | Callable[[Any, LaunchContext], SomeEntitiesType | None]


class OnActionEventBase(BaseEventHandler):
    """Handles events of one type, of one action, of those that a predicate picks, or of all."""

    def __init__(
        self,
        *,
        action_matcher: Action | ActionMatcher | None,
        on_event: OnEvent,
        target_event_cls: type[Event],
        handle_once: bool = False,
    ) -> None:
        if action_matcher is not None and not isinstance(action_matcher, Action) and not callable(action_matcher):
            raise TypeError(
                f"{type(self).__name__}: the target must be an action or a callable, got {action_matcher!r}"
            )
        self._target = action_matcher
        self._event_type = target_event_cls
        self._on_event = on_event
        super().__init__(matcher=self._matches, handle_once=handle_once)

    @property
    def matcher_description(self) -> str:
        """What the handler waits for, for people."""
        target = self._target.describe() if isinstance(self._target, Action) else "any action"
        return f"{self._event_type.__name__} of {target}"

    def describe(self) -> tuple[str, list[LaunchDescriptionEntity]]:
        """Return a line for people and the entities known beforehand."""
        known = [] if callable(self._on_event) else as_entities(self._on_event)
        return super().describe()[0], known

    def handle(self, event: Event, context: LaunchContext) -> SomeEntitiesType | None:
        """Return the entities, or what the callable returns."""
        super().handle(event, context)
        if callable(self._on_event):
            return self._on_event(event, context)
        return as_entities(self._on_event)

    def _matches(self, event: Event) -> bool:
        if not isinstance(event, self._event_type):
            return False
        action = event.action  # type: ignore[attr-defined]
        if self._target is None or action is self._target:
            return True
        return not isinstance(self._target, Action) and self._target(action)
