# SPDX-License-Identifier: Apache-2.0
"""Where log records go: levels by logger name, the console format of rcutils, and further handlers.

Filters at the call site are in ``rcutils_logger``; publication on ``/rosout`` is in ``rclpy._rosout``.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from rclpy.impl.logging_severity import LoggingSeverity

DEFAULT_FORMAT = "[{severity}] [{time}] [{name}]: {message}"
_ESCAPES = {"\\n": "\n", "\\t": "\t", "\\r": "\r", '\\"': '"', "\\\\": "\\"}
_COLOURS = {
    LoggingSeverity.DEBUG: "\033[32m",
    LoggingSeverity.INFO: "\033[0m",
    LoggingSeverity.WARN: "\033[33m",
    LoggingSeverity.ERROR: "\033[31m",
    LoggingSeverity.FATAL: "\033[31m",
}
_RESET = "\033[0m"


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One message with its source; ``stamp_ns`` is system time."""

    stamp_ns: int
    severity: LoggingSeverity
    name: str
    message: str
    file_name: str
    function_name: str
    line_number: int


class LogOutput:
    """Levels and destinations of one process."""

    def __init__(self) -> None:
        self.console_enabled = True
        self.clock_ns: Callable[[], int] = time.time_ns
        self._levels: dict[str, LoggingSeverity] = {}
        self._default = LoggingSeverity.INFO
        self._handlers: list[Callable[[LogRecord], None]] = []
        self._lock = threading.Lock()

    def set_level(self, name: str, level: LoggingSeverity) -> None:
        """Set the level of a logger; the empty name is the default level, ``UNSET`` inherits again."""
        with self._lock:
            if name:
                self._levels[name] = level
            else:
                self._default = level or LoggingSeverity.INFO

    def level(self, name: str) -> LoggingSeverity:
        """Return the level that was set on exactly this logger."""
        return self._levels.get(name, LoggingSeverity.UNSET) if name else self._default

    def effective_level(self, name: str) -> LoggingSeverity:
        """Return the level of the nearest ancestor that has one."""
        while name:
            level = self._levels.get(name, LoggingSeverity.UNSET)
            if level:
                return level
            name = name.rpartition(".")[0]
        return self._default

    def reset(self) -> None:
        """Forget all levels and switch the console on."""
        with self._lock:
            self._levels.clear()
            self._default = LoggingSeverity.INFO
            self.console_enabled = True

    def add_handler(self, handler: Callable[[LogRecord], None]) -> None:
        """Hand every record that passes its level to ``handler`` too. A second call changes nothing."""
        with self._lock:
            self._handlers = [*(item for item in self._handlers if item != handler), handler]

    def remove_handler(self, handler: Callable[[LogRecord], None]) -> None:
        """Stop handing records to ``handler``."""
        with self._lock:
            self._handlers = [item for item in self._handlers if item != handler]

    def emit(self, record: LogRecord) -> None:
        """Write a record to the console and to all handlers."""
        if self.console_enabled:
            self._write(record)
        for handler in self._handlers:
            handler(record)

    def _write(self, record: LogRecord) -> None:
        use_stdout = os.environ.get("RCUTILS_LOGGING_USE_STDOUT") == "1"
        stream = sys.stdout if use_stdout else sys.stderr
        line = format_record(record, os.environ.get("RCUTILS_CONSOLE_OUTPUT_FORMAT") or DEFAULT_FORMAT)
        if _is_coloured(stream):
            line = f"{_COLOURS[record.severity]}{line}{_RESET}"
        try:
            with self._lock:
                stream.write(line + "\n")
                stream.flush()
        except (BrokenPipeError, ValueError):
            # The reader of our output went away; a node must not die of it.
            self.console_enabled = False


def _is_coloured(stream: object) -> bool:
    choice = os.environ.get("RCUTILS_COLORIZED_OUTPUT")
    if choice in ("0", "1"):
        return choice == "1"
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty())


def format_record(record: LogRecord, pattern: str) -> str:
    """Expand the tokens of ``RCUTILS_CONSOLE_OUTPUT_FORMAT``; an unknown token stays as it is."""
    seconds, nanoseconds = divmod(record.stamp_ns, 1_000_000_000)
    tokens = {
        "severity": record.severity.name,
        "name": record.name,
        "message": record.message,
        "time": f"{seconds}.{nanoseconds:09d}",
        "time_as_nanoseconds": str(record.stamp_ns),
        "date_time_with_ms": f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(seconds))}."
        f"{nanoseconds // 1_000_000:03d}",
        "file_name": record.file_name,
        "short_file_name": os.path.basename(record.file_name),
        "function_name": record.function_name,
        "line_number": str(record.line_number),
    }
    pattern = re.sub(r"\\[ntr\"\\]", lambda match: _ESCAPES[match[0]], pattern)
    return re.sub(r"\{(\w+)\}", lambda match: tokens.get(match[1], match[0]), pattern)


output = LogOutput()
