# SPDX-License-Identifier: Apache-2.0
"""The action that runs a program on this machine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping
from typing import Any

from launch.action import Action
from launch.condition import Condition
from launch.conditions.evaluate_condition_expression import truth
from launch.descriptions.executable import Executable, ResolvedExecutable
from launch.errors import LaunchError
from launch.event import Event
from launch.event_handler import BaseEventHandler, EventHandler
from launch.event_handlers.on_action_event_base import OnEvent
from launch.event_handlers.on_process_exit import OnProcessExit
from launch.event_handlers.on_shutdown import OnShutdown
from launch.events.execution_complete import ExecutionComplete
from launch.events.process import ShutdownProcess, SignalProcess
from launch.launch_context import LaunchContext
from launch.launch_description_entity import LaunchDescriptionEntity
from launch.process_guardian import TOKEN_VARIABLE
from launch.process_output import parse_output
from launch.process_runner import ProcessRunner, RunSettings
from launch.substitutions.launch_configuration import LaunchConfiguration
from launch.utilities import is_substitution, nearest_names, substitute

_OPTIONS: dict[str, Any] = {
    "shell": False,
    "sigterm_timeout": LaunchConfiguration("sigterm_timeout", default=5),
    "sigkill_timeout": LaunchConfiguration("sigkill_timeout", default=5),
    "emulate_tty": LaunchConfiguration("emulate_tty", default=False),
    "output": "log",
    "output_format": "[{name}] {line}",
    "respawn": False,
    "respawn_delay": None,
    "respawn_max_retries": -1,
    "cached_output": False,
    "log_cmd": False,
}


class ExecuteLocal(Action):
    """Runs a program; ``on_exit`` is visited, or called, when it ends.

    Options: ``shell, sigterm_timeout [s], sigkill_timeout [s], emulate_tty, output, output_format, respawn,
    respawn_delay [s], respawn_max_retries, log_cmd``.
    """

    def __init__(
        self,
        *,
        process_description: Executable,
        on_exit: OnEvent | None = None,
        condition: Condition | None = None,
        **options: Any,
    ) -> None:
        super().__init__(condition=condition)
        for name in options:
            if name not in _OPTIONS:
                raise TypeError(f"{type(self).__name__} has no option '{name}'{nearest_names(name, _OPTIONS)}")
        self._description = process_description
        self._on_exit = on_exit
        self._options = {**_OPTIONS, **options}
        self._runner: ProcessRunner | None = None
        self._task: asyncio.Future[Any] | None = None
        self._handlers: list[BaseEventHandler] = []

    @property
    def process_description(self) -> Executable:
        """The program."""
        return self._description

    @property
    def cmd(self) -> list[Any]:
        """Command line as given in the launch file."""
        return list(self._description.cmd)

    @property
    def name(self) -> str | None:
        """Name with its number, once it has been executed."""
        return self._runner.executable.name if self._runner else None

    @property
    def process_details(self) -> dict[str, Any] | None:
        """Name, command, folder, environment, pid; None before it has been executed."""
        return self._runner.details if self._runner else None

    @property
    def return_code(self) -> int | None:
        """Exit code, once it has ended; negative for a signal."""
        return self._runner.return_code if self._runner else None

    def describe(self) -> str:
        """Return one line for people."""
        return f"{type(self).__name__}({' '.join(_describe(part) for part in self._description.cmd)})"

    def get_sub_entities(self) -> list[LaunchDescriptionEntity]:
        """Return nothing: ``on_exit`` depends on an event."""
        return []

    def get_asyncio_future(self) -> asyncio.Future[None] | None:
        """Return a future that is done when the process has ended for good."""
        return self._task

    def resolve(self, context: LaunchContext) -> ResolvedExecutable:
        """Return the program as it is to be started."""
        return self._description.resolve(context)

    def execute(self, context: LaunchContext) -> Iterable[LaunchDescriptionEntity] | None:
        """Start the process; none is started any more while the launch ends."""
        if context.is_shutdown or context.asyncio_loop is None:
            return None
        if self._task is not None and not self._task.done():
            raise LaunchError(f"{self.describe()} is visited again while its process runs")
        executable = self.resolve(context)
        token = context.get_locals_as_dict().get("launch_guard_token")
        if token is not None:
            executable.env[TOKEN_VARIABLE] = token
        self._runner = ProcessRunner(self, context, executable, self._settings(context))
        self._register_handlers(context, self._runner)
        self._task = context.asyncio_loop.create_task(self._run(context, self._runner))
        return None

    async def _run(self, context: LaunchContext, runner: ProcessRunner) -> None:
        try:
            await runner.run()
        finally:
            context.emit_event_sync(ExecutionComplete(action=self))

    def _settings(self, context: LaunchContext) -> RunSettings:
        options = self._options

        def text(name: str) -> str:
            value = options[name]
            return substitute(context, value) if isinstance(value, str) or is_substitution(value) else str(value)

        output = options["output"] if isinstance(options["output"], Mapping) else text("output")
        output = os.environ.get("OVERRIDE_LAUNCH_PROCESS_OUTPUT") or output
        return RunSettings(
            destinations=parse_output(output),
            line_format=text("output_format").replace("{this.process_description.final_name}", "{name}"),
            shell=truth(text("shell")),
            emulate_tty=truth(text("emulate_tty")),
            sigterm_timeout_s=_number(text("sigterm_timeout"), "sigterm_timeout"),
            sigkill_timeout_s=_number(text("sigkill_timeout"), "sigkill_timeout"),
            respawn=truth(text("respawn")),
            respawn_delay_s=0.0
            if options["respawn_delay"] is None
            else _number(text("respawn_delay"), "respawn_delay"),
            respawn_max_retries=int(_number(text("respawn_max_retries"), "respawn_max_retries")),
        )

    def _register_handlers(self, context: LaunchContext, runner: ProcessRunner) -> None:
        def on_signal(event: Event, _: LaunchContext) -> None:
            if isinstance(event, SignalProcess):
                runner.send_signal(event.signal)
            else:
                runner.stop()

        def targets_me(event: Event) -> bool:
            return isinstance(event, (SignalProcess, ShutdownProcess)) and event.process_matcher(self)

        def is_completion(event: Event) -> bool:
            return isinstance(event, ExecutionComplete) and event.action is self

        self._handlers = [
            _CallingHandler(targets_me, on_signal),
            OnShutdown(on_shutdown=lambda event, _: runner.stop()),
            _CallingHandler(is_completion, lambda event, ctx: self._unregister_handlers(ctx)),
        ]
        if self._on_exit is not None:
            self._handlers.append(OnProcessExit(target_action=self, on_exit=self._on_exit))
        for handler in self._handlers:
            context.register_event_handler(handler)

    def _unregister_handlers(self, context: LaunchContext) -> None:
        for handler in self._handlers:
            context.unregister_event_handler(handler)


class _CallingHandler(EventHandler):
    def __init__(self, matcher: Any, callback: Any) -> None:
        super().__init__(matcher=matcher)
        self._callback = callback

    def handle(self, event: Event, context: LaunchContext) -> None:
        """Call back."""
        self._callback(event, context)


def _describe(part: Any) -> str:
    if isinstance(part, (list, tuple)):
        return "".join(_describe(entry) for entry in part)
    return part.describe().strip("'") if hasattr(part, "describe") else str(part)


def _number(text: str, name: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise LaunchError(f"{name} must be a number, got '{text}'") from error
