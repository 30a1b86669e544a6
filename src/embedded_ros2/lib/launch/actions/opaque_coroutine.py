# SPDX-License-Identifier: Apache-2.0
"""A coroutine as an action."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from launch.action import Action
from launch.errors import LaunchError
from launch.event_handlers.on_shutdown import OnShutdown
from launch.events.execution_complete import ExecutionComplete
from launch.events.shutdown import Shutdown
from launch.launch_context import LaunchContext


class OpaqueCoroutine(Action):
    """Awaits ``coroutine(context, *args, **kwargs)``; cancelled when the launch ends.

    With ``ignore_context`` it is called without the context.
    """

    def __init__(
        self,
        *,
        coroutine: Callable[..., Awaitable[None]],
        args: Iterable[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        ignore_context: bool = False,
        **left_over: Any,
    ) -> None:
        super().__init__(**left_over)
        if not asyncio.iscoroutinefunction(coroutine):
            raise TypeError(f"OpaqueCoroutine expects a coroutine function, got {coroutine!r}")
        self._coroutine = coroutine
        self._args = list(args or [])
        self._kwargs = dict(kwargs or {})
        self._ignore_context = ignore_context
        self._task: asyncio.Task[None] | None = None

    def describe(self) -> str:
        """Return one line for people."""
        return f"OpaqueCoroutine({getattr(self._coroutine, '__name__', repr(self._coroutine))})"

    def get_asyncio_future(self) -> asyncio.Future[None] | None:
        """Return the task."""
        return self._task

    def execute(self, context: LaunchContext) -> None:
        """Start the coroutine."""
        if context.asyncio_loop is None:
            raise LaunchError("an OpaqueCoroutine runs in a launch service only")
        self._task = task = context.asyncio_loop.create_task(self._run(context))

        def cancel(event: Shutdown, context: LaunchContext) -> None:
            task.cancel()

        context.register_event_handler(OnShutdown(on_shutdown=cancel))

    async def _run(self, context: LaunchContext) -> None:
        args = self._args if self._ignore_context else [context, *self._args]
        await self._coroutine(*args, **self._kwargs)
        context.emit_event_sync(ExecutionComplete(action=self))
