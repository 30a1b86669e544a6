# SPDX-License-Identifier: Apache-2.0
"""Handler: a process has written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from launch.action import Action
from launch.event import Event
from launch.event_handlers.on_action_event_base import ActionMatcher, OnActionEventBase
from launch.events.process import ProcessIO
from launch.launch_context import LaunchContext
from launch.some_entities_type import SomeEntitiesType

OnIO = Callable[[ProcessIO], SomeEntitiesType | None]


class OnProcessIO(OnActionEventBase):
    """A process has written: ``on_stdout`` or ``on_stderr`` is called with the event."""

    def __init__(
        self,
        *,
        target_action: Action | ActionMatcher | None = None,
        on_stdin: OnIO | None = None,
        on_stdout: OnIO | None = None,
        on_stderr: OnIO | None = None,
        **kwargs: Any,
    ) -> None:
        self._callbacks = {0: on_stdin, 1: on_stdout, 2: on_stderr}
        super().__init__(action_matcher=target_action, on_event=self._dispatch, target_event_cls=ProcessIO, **kwargs)

    def _dispatch(self, event: Event, context: LaunchContext) -> SomeEntitiesType | None:
        callback = self._callbacks.get(event.fd) if isinstance(event, ProcessIO) else None
        return callback(event) if callback is not None else None  # type: ignore[arg-type]
