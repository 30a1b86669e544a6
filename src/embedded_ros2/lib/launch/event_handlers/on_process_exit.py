# SPDX-License-Identifier: Apache-2.0
"""Handler: a process has ended."""

from __future__ import annotations

from typing import Any

from launch.action import Action
from launch.event_handlers.on_action_event_base import ActionMatcher, OnActionEventBase, OnEvent
from launch.events.process import ProcessExited


class OnProcessExit(OnActionEventBase):
    """A process has ended: the entities of ``on_exit`` are visited, or what it returns when it is callable."""

    def __init__(self, *, target_action: Action | ActionMatcher | None = None, on_exit: OnEvent, **kwargs: Any) -> None:
        super().__init__(action_matcher=target_action, on_event=on_exit, target_event_cls=ProcessExited, **kwargs)
