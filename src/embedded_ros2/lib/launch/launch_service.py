# SPDX-License-Identifier: Apache-2.0
"""The service that runs launch descriptions: one loop that takes events and visits what their handlers bring in."""

from __future__ import annotations

import asyncio
import contextlib
import logging as _logging
import signal
import threading
import traceback
from collections.abc import Iterable, Iterator

from launch import logging
from launch.errors import LaunchError
from launch.event import Event
from launch.event_handler import BaseEventHandler, EventHandler, as_entities
from launch.events.include_launch_description import IncludeLaunchDescription
from launch.events.shutdown import Shutdown
from launch.launch_context import LaunchContext
from launch.launch_description import LaunchDescription
from launch.launch_description_entity import LaunchDescriptionEntity
from launch.process_guardian import ProcessGuardian

FAILED = 1  # exit code of a launch that raised


class LaunchService:
    """Runs what it is given until nothing is left to do or it is shut down."""

    def __init__(self, *, argv: Iterable[str] | None = None, noninteractive: bool = False, debug: bool = False) -> None:
        self._context = LaunchContext(argv=argv, noninteractive=noninteractive)
        self._debug = debug
        self._logger = logging.get_logger("launch")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[int] | None = None
        if debug:
            logging.launch_config.level = _logging.DEBUG
        self._context.extend_globals({"launch_service": self})
        self._context.register_event_handler(_OnInclude())

    @property
    def context(self) -> LaunchContext:
        """State of the launch."""
        return self._context

    @property
    def event_loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop while the service runs."""
        return self._loop

    @property
    def task(self) -> asyncio.Task[int] | None:
        """The task while the service runs."""
        return self._task

    def include_launch_description(self, launch_description: LaunchDescription) -> None:
        """Have a description visited, now or when the service runs."""
        self.emit_event(IncludeLaunchDescription(launch_description))

    def emit_event(self, event: Event) -> None:
        """Queue an event; may be called from any thread."""
        if self._loop is None:
            self._context.emit_event_sync(event)
        else:
            self._loop.call_soon_threadsafe(self._context.emit_event_sync, event)

    def shutdown(self, *, force_sync: bool = False) -> None:
        """End the launch in order; may be called from any thread. Returns at once."""
        if not self._context.is_shutdown:
            self.emit_event(Shutdown(reason="LaunchService.shutdown() called"))

    def run(self, *, shutdown_when_idle: bool = True) -> int:
        """Run to the end and return the exit code: 0, that of a required process, or 1 when the launch raised."""
        return asyncio.run(self.run_async(shutdown_when_idle=shutdown_when_idle))

    async def run_async(self, *, shutdown_when_idle: bool = True) -> int:
        """As ``run``, inside a loop that runs already."""
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        queue = self._context.attach_loop(self._loop)
        guardian = ProcessGuardian()
        self._context.extend_globals({"launch_guard_token": guardian.token})
        try:
            with self._signal_handlers(self._loop):
                return await self._process_events(queue, shutdown_when_idle)
        finally:
            self._loop = self._task = None
            guardian.close()
            logging.launch_config.close()

    async def _process_events(self, queue: asyncio.Queue[Event], shutdown_when_idle: bool) -> int:
        while True:
            try:
                event = await self._next_event(queue, shutdown_when_idle)
            except Exception as error:  # of a coroutine or a process task
                self._fail(error)
                continue
            if event is None:
                return self._context.exit_code
            self._dispatch(event)

    async def _next_event(self, queue: asyncio.Queue[Event], shutdown_when_idle: bool) -> Event | None:
        """Return the next event; None when the launch is over."""
        while True:
            pending = self._context.pending_futures()
            if not queue.empty():
                return queue.get_nowait()
            if not pending and self._context.is_shutdown:
                return None
            if not pending and shutdown_when_idle:
                return Shutdown(reason="idle")
            getter = asyncio.ensure_future(queue.get())
            await asyncio.wait([getter, *pending], return_when=asyncio.FIRST_COMPLETED)
            if getter.done():
                return getter.result()
            getter.cancel()

    def _dispatch(self, event: Event) -> None:
        context = self._context
        if isinstance(event, Shutdown) and context.is_shutdown:
            return
        self._logger.debug(f"event {event.name}")
        for handler in context.event_handlers:
            if handler.matches(event):
                self._handle(handler, event)
        if isinstance(event, Shutdown):
            context.is_shutdown = True

    def _handle(self, handler: BaseEventHandler, event: Event) -> None:
        """Visit what one handler brings in; one that raises must not keep the others from ending their processes."""
        self._context._push_locals()
        try:
            for entity in as_entities(handler.handle(event, self._context)):
                self._visit(entity)
        except Exception as error:
            self._fail(error)
        finally:
            self._context._pop_locals()

    def _visit(self, entity: LaunchDescriptionEntity) -> None:
        self._logger.debug(f"visit {entity.describe()}")
        following = entity.visit(self._context)
        future = entity.get_asyncio_future()
        if future is not None:
            self._context.add_completion_future(future)
        for each in as_entities(following):  # type: ignore[arg-type]
            self._visit(each)

    def _fail(self, error: Exception) -> None:
        if self._debug:
            self._logger.debug("".join(traceback.format_exception(error)).rstrip())
        # Other errors come from the code of a launch file: its author needs the place.
        unexpected = f"{type(error).__name__}: {error} (--debug shows where)"
        text = str(error) if isinstance(error, LaunchError) else unexpected
        self._logger.error(f"Caught exception in launch: {text}")
        self._context.exit_code = FAILED
        if not self._context.is_shutdown:
            self._context.emit_event_sync(Shutdown(reason=f"Caught exception in launch: {text}"))

    @contextlib.contextmanager
    def _signal_handlers(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP)
        for number in numbers:
            loop.add_signal_handler(number, self._on_signal, number)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)

    def _on_signal(self, number: signal.Signals) -> None:
        how = "interrupted with ctrl-c (SIGINT)" if number == signal.SIGINT else f"asked to end ({number.name})"
        if self._context.is_shutdown:
            self._logger.warning(f"user {how} again, the launch is ending already")
            return
        self._logger.warning(f"user {how}")
        due_to_sigint = number == signal.SIGINT
        self._context.emit_event_sync(Shutdown(reason=f"user {how}", due_to_sigint=due_to_sigint))


class _OnInclude(EventHandler):
    def __init__(self) -> None:
        super().__init__(matcher=lambda event: isinstance(event, IncludeLaunchDescription))

    def handle(self, event: Event, context: LaunchContext) -> list[LaunchDescriptionEntity]:
        """Return the description that came with the event."""
        return [event.launch_description] if isinstance(event, IncludeLaunchDescription) else []
