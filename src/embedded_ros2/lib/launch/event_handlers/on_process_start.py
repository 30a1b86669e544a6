# SPDX-License-Identifier: Apache-2.0
"""Handler: a process has started."""

from __future__ import annotations

from typing import Any

from launch.action import Action
from launch.event_handlers.on_action_event_base import ActionMatcher, OnActionEventBase, OnEvent
from launch.events.process import ProcessStarted


class OnProcessStart(OnActionEventBase):
    """A process has started: the entities of ``on_start`` are visited, or what it returns when it is callable."""

    def __init__(
        self, *, target_action: Action | ActionMatcher | None = None, on_start: OnEvent, **kwargs: Any
    ) -> None:
        super().__init__(action_matcher=target_action, on_event=on_start, target_event_cls=ProcessStarted, **kwargs)
