# SPDX-License-Identifier: Apache-2.0
"""What a launch knows while it runs: configurations, environment, locals, handlers, events. No processes, no loop."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from launch.event import Event
from launch.substitution import Substitution

if TYPE_CHECKING:
    from launch.event_handler import BaseEventHandler


class _Locals(SimpleNamespace):
    """Names that the current scope offers; an unknown one is named in the error."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"the launch context has no local '{name}'; it has {sorted(vars(self))}")


class LaunchContext:
    """The state of one launch, handed to every entity that is visited."""

    def __init__(self, *, argv: Iterable[str] | None = None, noninteractive: bool = False) -> None:
        self.argv = list(argv or [])
        self.noninteractive = noninteractive
        self.launch_configurations: dict[str, str] = {}
        self.locals = _Locals()
        self.is_shutdown = False
        self.exit_code = 0  # what the launch returns when it ends in order
        self.asyncio_loop: asyncio.AbstractEventLoop | None = None
        self._globals: dict[str, Any] = {}
        self._event_handlers: deque[BaseEventHandler] = deque()
        self._events: asyncio.Queue[Event] | deque[Event] = deque()
        self._futures: list[asyncio.Future[Any]] = []
        self._saved: dict[str, list[Any]] = {"locals": [], "configurations": [], "environment": []}

    @property
    def environment(self) -> Mapping[str, str]:
        """Environment that processes start with."""
        return os.environ

    # Locals

    def get_locals_as_dict(self) -> dict[str, Any]:
        """Return a copy of the current locals."""
        return dict(vars(self.locals))

    def extend_globals(self, extensions: Mapping[str, Any]) -> None:
        """Add names that every scope sees."""
        self._globals.update(extensions)
        vars(self.locals).update(extensions)

    def extend_locals(self, extensions: Mapping[str, Any]) -> None:
        """Add names to the current scope."""
        vars(self.locals).update(extensions)

    def _push_locals(self) -> None:
        self._saved["locals"].append(self.get_locals_as_dict())

    def _pop_locals(self) -> None:
        self.locals = _Locals(**{**self._globals, **self._pop("locals")})

    # Configurations and environment

    def _push_launch_configurations(self) -> None:
        self._saved["configurations"].append(dict(self.launch_configurations))

    def _pop_launch_configurations(self) -> None:
        saved = self._pop("configurations")
        self.launch_configurations.clear()
        self.launch_configurations.update(saved)

    def _push_environment(self) -> None:
        self._saved["environment"].append(dict(os.environ))

    def _pop_environment(self) -> None:
        saved = self._pop("environment")
        os.environ.clear()
        os.environ.update(saved)

    def _reset_environment(self) -> None:
        if self._saved["environment"]:
            os.environ.clear()
            os.environ.update(self._saved["environment"][0])

    def _pop(self, kind: str) -> dict[str, Any]:
        if not self._saved[kind]:
            raise RuntimeError(f"there are no saved {kind} to restore: a Pop has no Push before it")
        return dict(self._saved[kind].pop())

    def perform_substitution(self, sub: Substitution) -> str:
        """Return the text of a substitution in this context."""
        return sub.perform(self)

    # Events

    @property
    def event_handlers(self) -> tuple[BaseEventHandler, ...]:
        """Registered handlers in the order in which they are asked."""
        return tuple(self._event_handlers)

    def register_event_handler(self, event_handler: BaseEventHandler, *, append: bool = False) -> None:
        """Register a handler: asked first, or last with ``append``."""
        if append:
            self._event_handlers.append(event_handler)
        else:
            self._event_handlers.appendleft(event_handler)

    def unregister_event_handler(self, event_handler: BaseEventHandler) -> None:
        """Remove a handler; one that has already gone is no error."""
        if event_handler in self._event_handlers:
            self._event_handlers.remove(event_handler)

    def would_handle_event(self, event: Event) -> bool:
        """Return whether some handler matches."""
        return any(handler.matches(event) for handler in self.event_handlers)

    def emit_event_sync(self, event: Event) -> None:
        """Queue an event; to be called in the thread of the loop."""
        if isinstance(self._events, asyncio.Queue):
            self._events.put_nowait(event)
        else:
            self._events.append(event)

    async def emit_event(self, event: Event) -> None:
        """Queue an event."""
        self.emit_event_sync(event)

    # For the launch service

    def add_completion_future(self, future: asyncio.Future[Any]) -> None:
        """Keep the launch up until ``future`` is done."""
        self._futures.append(future)

    def pending_futures(self) -> list[asyncio.Future[Any]]:
        """Return the futures that are not done; those that are, are forgotten after their exception was raised."""
        done = [future for future in self._futures if future.done()]
        self._futures = [future for future in self._futures if not future.done()]
        for future in done:
            if not future.cancelled():
                future.result()
        return list(self._futures)

    def attach_loop(self, loop: asyncio.AbstractEventLoop) -> asyncio.Queue[Event]:
        """Bind the context to the running loop and return its queue of events."""
        self.asyncio_loop = loop
        queue: asyncio.Queue[Event] = asyncio.Queue()
        while not isinstance(self._events, asyncio.Queue) and self._events:
            queue.put_nowait(self._events.popleft())
        self._events = queue
        return queue
