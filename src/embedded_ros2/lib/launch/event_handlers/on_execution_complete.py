# SPDX-License-Identifier: Apache-2.0
"""Handler: an action has completed."""

from __future__ import annotations

from typing import Any

from launch.action import Action
from launch.event_handlers.on_action_event_base import ActionMatcher, OnActionEventBase, OnEvent
from launch.events.execution_complete import ExecutionComplete


class OnExecutionComplete(OnActionEventBase):
    """An action has completed: the entities of ``on_completion``, or what it returns when callable, are visited."""

    def __init__(
        self, *, target_action: Action | ActionMatcher | None = None, on_completion: OnEvent, **kwargs: Any
    ) -> None:
        super().__init__(
            action_matcher=target_action, on_event=on_completion, target_event_cls=ExecutionComplete, **kwargs
        )
