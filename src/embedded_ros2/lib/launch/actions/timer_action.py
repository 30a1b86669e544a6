# SPDX-License-Identifier: Apache-2.0
"""Actions after a time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from launch.action import Action
from launch.errors import LaunchError
from launch.event_handler import EventHandler
from launch.event_handlers.on_shutdown import OnShutdown
from launch.events.timer_event import TimerEvent
from launch.launch_context import LaunchContext
from launch.launch_description_entity import LaunchDescriptionEntity
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.utilities import substitute


class TimerAction(Action):
    """Visits its actions ``period`` [s] after it was visited itself, unless it is cancelled or the launch ends."""

    def __init__(
        self,
        *,
        period: float | SomeSubstitutionsType,
        actions: Iterable[LaunchDescriptionEntity],
        cancel_on_shutdown: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._period = str(period) if isinstance(period, (int, float)) else period
        self._actions = list(actions)
        self._cancel_on_shutdown = cancel_on_shutdown
        self._locals: dict[str, Any] = {}
        self._done: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def period(self) -> float | SomeSubstitutionsType:
        """Period [s] as given."""
        return self._period

    @property
    def actions(self) -> list[LaunchDescriptionEntity]:
        """Actions as given."""
        return self._actions

    def describe(self) -> str:
        """Return one line for people."""
        return f"TimerAction(period={self._period})"

    def describe_conditional_sub_entities(self) -> list[tuple[str, Iterable[LaunchDescriptionEntity]]]:
        """Return the actions."""
        return [(f"after {self._period} s", self._actions)]

    def get_asyncio_future(self) -> asyncio.Future[None] | None:
        """Return a future that is done when the timer has fired or was cancelled."""
        return self._done

    def cancel(self) -> None:
        """Forget the actions."""
        if self._timer is not None:
            self._timer.cancel()
        if self._done is not None and not self._done.done():
            self._done.set_result(None)

    def execute(self, context: LaunchContext) -> None:
        """Start the timer."""
        period_s = _period_s(substitute(context, self._period))  # type: ignore[arg-type]
        if context.asyncio_loop is None or context.is_shutdown:
            return
        self._done = context.asyncio_loop.create_future()
        self._locals = context.get_locals_as_dict()
        handler = _OnMyTimer(self)
        context.register_event_handler(handler)
        if self._cancel_on_shutdown:
            context.register_event_handler(OnShutdown(on_shutdown=lambda event, ctx: self.cancel()))
        self._timer = context.asyncio_loop.call_later(period_s, self._fire, context)

    def handle(self, context: LaunchContext) -> list[LaunchDescriptionEntity]:
        """Return the actions, to be visited with the locals of the place where the timer stands."""
        context.extend_locals(self._locals)
        return self._actions

    def _fire(self, context: LaunchContext) -> None:
        context.emit_event_sync(TimerEvent(timer_action=self))
        if self._done is not None and not self._done.done():
            self._done.set_result(None)


class _OnMyTimer(EventHandler):
    def __init__(self, timer: TimerAction) -> None:
        super().__init__(matcher=lambda event: isinstance(event, TimerEvent) and event.timer_action is timer)
        self._timer = timer

    def handle(self, event: Any, context: LaunchContext) -> list[LaunchDescriptionEntity]:
        """Return the actions of the timer."""
        context.unregister_event_handler(self)
        return self._timer.handle(context)


def _period_s(text: str) -> float:
    try:
        period_s = float(text)
    except ValueError as error:
        raise LaunchError(f"the period of a TimerAction must be a number of seconds, got '{text}'") from error
    if not period_s >= 0:
        raise LaunchError(f"the period of a TimerAction must be >= 0 s, got '{text}'")
    return period_s
