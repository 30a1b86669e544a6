# SPDX-License-Identifier: Apache-2.0
"""Handler: a lifecycle node has made a transition."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from launch.event import Event
from launch.event_handler import EventHandler
from launch.some_entities_type import SomeEntitiesType
from launch_ros.events.lifecycle import StateTransition

if TYPE_CHECKING:
    from launch_ros.actions.lifecycle_node import LifecycleNode


class OnStateTransition(EventHandler):
    """A lifecycle node has made a transition that fits the labels given; None fits all."""

    def __init__(
        self,
        *,
        entities: SomeEntitiesType,
        target_lifecycle_node: LifecycleNode | None = None,
        transition: str | None = None,
        start_state: str | None = None,
        goal_state: str | None = None,
        matcher: Callable[[Event], bool] | None = None,
        **kwargs: Any,
    ) -> None:
        wanted = {"transition": transition, "start_state": start_state, "goal_state": goal_state}

        def matches(event: Event) -> bool:
            if not isinstance(event, StateTransition):
                return False
            mine = target_lifecycle_node is None or event.action is target_lifecycle_node
            return mine and all(value in (None, getattr(event, key)) for key, value in wanted.items())

        super().__init__(matcher=matcher or matches, entities=entities, **kwargs)
