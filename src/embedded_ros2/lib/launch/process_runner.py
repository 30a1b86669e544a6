# SPDX-License-Identifier: Apache-2.0
"""One process of a launch while it lives: start, output, signals, escalation, respawn. No substitutions."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import shlex
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from launch import logging
from launch.descriptions.executable import ResolvedExecutable
from launch.events.process import ProcessExited, ProcessStarted, ProcessStderr, ProcessStdout
from launch.process_output import STDERR, STDOUT, ProcessOutput

if TYPE_CHECKING:
    from launch.actions.execute_local import ExecuteLocal
    from launch.launch_context import LaunchContext

DRAIN_S = 1.0  # how long output may still come from a pipe that a grandchild holds open
NOT_STARTED = 127  # exit code of a shell for a program that cannot be started


@dataclass(frozen=True)
class RunSettings:
    """How a process is run; ``respawn_max_retries < 0`` means without end."""

    destinations: Mapping[int, frozenset[str]]
    line_format: str = "[{name}] {line}"
    shell: bool = False
    emulate_tty: bool = False
    sigterm_timeout_s: float = 5.0
    sigkill_timeout_s: float = 5.0
    respawn: bool = False
    respawn_delay_s: float = 0.0
    respawn_max_retries: int = -1


class _Protocol(asyncio.SubprocessProtocol):
    """Hands on output; ``exited`` and ``drained`` tell the two ends of a process apart."""

    def __init__(self, on_data: Callable[[int, bytes], None]) -> None:
        self._on_data = on_data
        self.exited = asyncio.Event()
        self.drained = asyncio.Event()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._on_data(fd, data)

    def process_exited(self) -> None:
        self.exited.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.drained.set()


class _TerminalProtocol(asyncio.Protocol):
    def __init__(self, fd: int, on_data: Callable[[int, bytes], None]) -> None:
        self._fd = fd
        self._on_data = on_data
        self.closed = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self._on_data(self._fd, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()


class ProcessRunner:
    """Runs a program, again if it is to respawn, until it ends or is stopped."""

    def __init__(
        self, action: ExecuteLocal, context: LaunchContext, executable: ResolvedExecutable, settings: RunSettings
    ) -> None:
        self.executable = executable
        self.return_code: int | None = None
        self._action = action
        self._context = context
        self._settings = settings
        self._logger = logging.get_logger(executable.name)
        self._output = ProcessOutput(executable.name, settings.destinations, settings.line_format)
        self._pid: int | None = None
        self._stopping = asyncio.Event()
        self._escalation: asyncio.TimerHandle | None = None

    @property
    def details(self) -> dict[str, Any]:
        """Name, command, folder, environment and process id (0 when it does not run)."""
        program = self.executable
        return {"name": program.name, "cmd": program.cmd, "cwd": program.cwd, "env": program.env, "pid": self._pid or 0}

    async def run(self) -> None:
        """Run until the process has ended for good."""
        retries = 0
        while True:
            self.return_code = await self._run_once()
            limit = self._settings.respawn_max_retries
            if self._stopping.is_set() or not self._settings.respawn or 0 <= limit <= retries:
                return
            retries += 1
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._settings.respawn_delay_s)
            if self._stopping.is_set():
                return

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and what it started."""
        if self._pid is None:
            self._logger.warning(f"signal '{number.name}' not sent to '{self.executable.name}': it is not running")
            return
        self._logger.info(f"sending signal '{number.name}' to process[{self.executable.name}]")
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._pid, number)

    def stop(self) -> None:
        """End the process for good: SIGINT now, SIGTERM and SIGKILL after their time-outs."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        if self._pid is not None:
            self._interrupt()

    def _interrupt(self) -> None:
        self.send_signal(signal.SIGINT)
        self._escalate_later(self._settings.sigterm_timeout_s, signal.SIGINT, signal.SIGTERM)

    def _escalate_later(self, timeout_s: float, last: signal.Signals, following: signal.Signals) -> None:
        loop = asyncio.get_running_loop()
        self._escalation = loop.call_later(timeout_s, self._escalate, timeout_s, last, following)

    def _escalate(self, timeout_s: float, last: signal.Signals, following: signal.Signals) -> None:
        name = self.executable.name
        self._logger.error(
            f"process[{name}] failed to terminate '{timeout_s:g}' seconds after receiving '{last.name}', "
            f"escalating to '{following.name}'"
        )
        self.send_signal(following)
        if following is signal.SIGTERM:
            self._escalate_later(self._settings.sigkill_timeout_s, signal.SIGTERM, signal.SIGKILL)

    async def _run_once(self) -> int:
        try:
            transport, protocol, terminals = await self._start()
        except OSError as error:
            self._logger.error(f"'{self.executable.cmd[0]}' cannot be started: {error.strerror or error}")
            return self._exited(NOT_STARTED)
        self._pid = transport.get_pid()
        self._logger.info(f"process started with pid [{self._pid}]")
        self._context.emit_event_sync(ProcessStarted(action=self._action, details=self.details))
        if self._stopping.is_set():
            self._interrupt()
        await protocol.exited.wait()
        await self._drain([protocol.drained, *[terminal.closed for terminal in terminals]])
        return_code = transport.get_returncode()
        transport.close()
        self._report(NOT_STARTED if return_code is None else return_code)
        return self._exited(NOT_STARTED if return_code is None else return_code)

    async def _start(self) -> tuple[asyncio.SubprocessTransport, _Protocol, list[_TerminalProtocol]]:
        loop = asyncio.get_running_loop()
        streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        terminals: list[_TerminalProtocol] = []
        if self._settings.emulate_tty:
            for fd, name in ((STDOUT, "stdout"), (STDERR, "stderr")):
                streams[name] = await self._open_terminal(fd, terminals)
        options = {**streams, "stdin": subprocess.PIPE, "cwd": self.executable.cwd, "env": self.executable.env}
        options["start_new_session"] = True  # a group of its own: one signal reaches all that it starts

        def factory() -> _Protocol:
            return _Protocol(self._on_data)

        try:
            if self._settings.shell:
                made = await loop.subprocess_shell(factory, " ".join(self.executable.cmd), **options)
            else:
                made = await loop.subprocess_exec(factory, *self.executable.cmd, **options)
        finally:
            for slave in streams.values() if self._settings.emulate_tty else []:
                os.close(slave)
        return made[0], made[1], terminals

    async def _open_terminal(self, fd: int, terminals: list[_TerminalProtocol]) -> int:
        master, slave = pty.openpty()
        reader = os.fdopen(master, "rb", buffering=0)
        loop = asyncio.get_running_loop()
        _, protocol = await loop.connect_read_pipe(lambda: _TerminalProtocol(fd, self._on_data), reader)
        terminals.append(protocol)
        return slave

    async def _drain(self, ends: list[asyncio.Event]) -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.gather(*[end.wait() for end in ends]), DRAIN_S)
        self._output.flush()

    def _on_data(self, fd: int, data: bytes) -> None:
        self._output.feed(fd, data)
        kind = ProcessStdout if fd == STDOUT else ProcessStderr
        event = kind(action=self._action, details=self.details, text=data, fd=fd)
        if self._context.would_handle_event(event):
            self._context.emit_event_sync(event)

    def _report(self, return_code: int) -> None:
        interrupted = self._stopping.is_set() and return_code == -signal.SIGINT
        if return_code == 0 or interrupted:
            self._logger.info(f"process has finished cleanly [pid {self._pid}]")
        else:
            command = shlex.join(self.executable.cmd)
            self._logger.error(f"process has died [pid {self._pid}, exit code {return_code}, cmd '{command}'].")

    def _exited(self, return_code: int) -> int:
        if self._escalation is not None:
            self._escalation.cancel()
        event = ProcessExited(action=self._action, details=self.details, returncode=return_code)
        self._pid = None
        self._context.emit_event_sync(event)
        return return_code
