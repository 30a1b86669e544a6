# SPDX-License-Identifier: Apache-2.0
"""What is asked of a process: to end, or to take a signal."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

from launch.event import Event

if TYPE_CHECKING:
    from launch.actions.execute_local import ExecuteLocal


class ProcessTargetedEvent(Event):
    """An event for the processes that a matcher picks."""

    name = "launch.events.process.ProcessTargetedEvent"

    def __init__(self, *, process_matcher: Callable[[ExecuteLocal], bool]) -> None:
        self.process_matcher = process_matcher


class ShutdownProcess(ProcessTargetedEvent):
    """The process is to end: SIGINT, then SIGTERM, then SIGKILL."""

    name = "launch.events.process.ShutdownProcess"


class SignalProcess(ProcessTargetedEvent):
    """The process is to get a signal, given by number or name."""

    name = "launch.events.process.SignalProcess"

    def __init__(
        self, *, signal_number: str | int | signal.Signals, process_matcher: Callable[[ExecuteLocal], bool]
    ) -> None:
        super().__init__(process_matcher=process_matcher)
        by_name = isinstance(signal_number, str)
        self.signal = signal.Signals[signal_number] if by_name else signal.Signals(signal_number)  # type: ignore[misc]

    @property
    def signal_name(self) -> str:
        """Name, such as SIGINT."""
        return self.signal.name
