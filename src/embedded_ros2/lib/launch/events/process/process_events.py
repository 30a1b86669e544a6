# SPDX-License-Identifier: Apache-2.0
"""What happens to a process: start, output, exit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from launch.event import Event

if TYPE_CHECKING:
    from launch.actions.execute_local import ExecuteLocal


class RunningProcessEvent(Event):
    """Something that concerns a process which has been started.

    Attributes: ``action, name, cmd, cwd, env, pid``.
    """

    name = "launch.events.process.RunningProcessEvent"

    def __init__(self, *, action: ExecuteLocal, details: Mapping[str, Any]) -> None:
        self.action = action
        self.process_name: str = details["name"]
        self.cmd: list[str] = details["cmd"]
        self.cwd: str | None = details["cwd"]
        self.env: Mapping[str, str] = details["env"]
        self.pid: int = details["pid"]

    @property
    def execute_process_action(self) -> ExecuteLocal:
        """The action, by its older name."""
        return self.action


class ProcessStarted(RunningProcessEvent):
    """A process runs."""

    name = "launch.events.process.ProcessStarted"


class ProcessExited(RunningProcessEvent):
    """A process has ended; ``returncode`` is negative for a signal."""

    name = "launch.events.process.ProcessExited"

    def __init__(self, *, action: ExecuteLocal, details: Mapping[str, Any], returncode: int) -> None:
        super().__init__(action=action, details=details)
        self.returncode = returncode


class ProcessIO(RunningProcessEvent):
    """A process has written, or is written to; ``text`` holds bytes."""

    name = "launch.events.process.ProcessIO"

    def __init__(self, *, action: ExecuteLocal, details: Mapping[str, Any], text: bytes, fd: int) -> None:
        super().__init__(action=action, details=details)
        self.text = text
        self.fd = fd

    @property
    def from_stdin(self) -> bool:
        """Whether it is input."""
        return self.fd == 0

    @property
    def from_stdout(self) -> bool:
        """Whether it is standard output."""
        return self.fd == 1

    @property
    def from_stderr(self) -> bool:
        """Whether it is standard error."""
        return self.fd == 2


class ProcessStdin(ProcessIO):
    """Input for a process."""

    name = "launch.events.process.ProcessStdin"


class ProcessStdout(ProcessIO):
    """Standard output of a process."""

    name = "launch.events.process.ProcessStdout"


class ProcessStderr(ProcessIO):
    """Standard error of a process."""

    name = "launch.events.process.ProcessStderr"
