# SPDX-License-Identifier: Apache-2.0
"""Events of processes."""

from launch.events.matchers import matches_executable, matches_name, matches_pid
from launch.events.process.process_events import (
    ProcessExited,
    ProcessIO,
    ProcessStarted,
    ProcessStderr,
    ProcessStdin,
    ProcessStdout,
    RunningProcessEvent,
)
from launch.events.process.process_targeted_events import ProcessTargetedEvent, ShutdownProcess, SignalProcess

__all__ = [
    "ProcessExited",
    "ProcessIO",
    "ProcessStarted",
    "ProcessStderr",
    "ProcessStdin",
    "ProcessStdout",
    "ProcessTargetedEvent",
    "RunningProcessEvent",
    "ShutdownProcess",
    "SignalProcess",
    "matches_executable",
    "matches_name",
    "matches_pid",
]
