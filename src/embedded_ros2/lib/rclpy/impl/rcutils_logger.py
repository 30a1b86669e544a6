# SPDX-License-Identifier: Apache-2.0
"""The logger that nodes use, and its filters at the call site (once, throttle, skip first)."""

from __future__ import annotations

import inspect
import time
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from rclpy.impl._log_output import LogRecord, output
from rclpy.impl.logging_severity import LoggingSeverity, severity_from_string

_FILTER_NAMES = frozenset({"once", "skip_first", "throttle_duration_sec", "throttle_time_source_type"})
_CallSite = tuple[str, str, int, int]


@dataclass(slots=True)
class _SiteState:
    severity: LoggingSeverity
    filters: dict[str, Any]
    calls: int = 0
    last_ns: int | None = field(default=None)

    def admits(self) -> bool:
        """Count a call and tell whether all filters let it pass."""
        first = self.calls == 0
        self.calls += 1
        if self.filters.get("skip_first") and first:
            return False
        if self.filters.get("once"):
            return self.calls == (2 if self.filters.get("skip_first") else 1)
        period_s = self.filters.get("throttle_duration_sec")
        return period_s is None or self._is_due(period_s)

    def _is_due(self, period_s: float) -> bool:
        source = self.filters.get("throttle_time_source_type")
        now_ns = source.now().nanoseconds if hasattr(source, "now") else time.monotonic_ns()
        # A clock that was set back starts a new period.
        if self.last_ns is not None and 0 <= now_ns - self.last_ns < period_s * 1e9:
            return False
        self.last_ns = now_ns
        return True


class RcutilsLogger:
    """A named logger; a dot in the name makes a child.

    Args:
        name: Name of the logger.
    """

    def __init__(self, name: str = "") -> None:
        self.name = name
        self._sites: dict[_CallSite, _SiteState] = {}

    def get_child(self, name: str) -> RcutilsLogger:
        """Return the logger ``<own name>.<name>``, which inherits the level.

        Raises:
            ValueError: The name is empty.
        """
        if not name:
            raise ValueError("Child logger name must not be empty.")
        return RcutilsLogger(f"{self.name}.{name}" if self.name else name)

    def set_level(self, level: LoggingSeverity | int | str) -> None:
        """Set the level below which messages are dropped."""
        level = severity_from_string(level) if isinstance(level, str) else LoggingSeverity(level)
        output.set_level(self.name, level)

    def get_effective_level(self) -> LoggingSeverity:
        """Return the own level or the nearest ancestor's."""
        return output.effective_level(self.name)

    def is_enabled_for(self, severity: LoggingSeverity | int) -> bool:
        """Tell whether a message of this severity would be written."""
        return severity >= self.get_effective_level()

    def log(self, message: object, severity: LoggingSeverity | int, **kwargs: Any) -> bool:
        """Write a message unless its level or a filter drops it.

        Args:
            message: Any object; its text is written.
            severity: One of :class:`LoggingSeverity`, not ``UNSET``.
            **kwargs: ``once``, ``skip_first``, ``throttle_duration_sec`` [s] and ``throttle_time_source_type``
                (a clock); ``name`` writes in the name of another logger.

        Returns:
            Whether it was written.

        Raises:
            TypeError: An unknown keyword.
            ValueError: The severity or the filters differ from those of an earlier call at the same place.
        """
        severity = LoggingSeverity(severity)
        name = kwargs.pop("name", self.name)
        if not kwargs and severity < output.effective_level(name):
            return False
        _check_filters(kwargs)
        frame = _calling_frame(inspect.currentframe())
        if kwargs and not self._site(frame, severity, kwargs).admits():
            return False
        if severity < output.effective_level(name):
            return False
        code = frame.f_code
        output.emit(
            LogRecord(output.clock_ns(), severity, name, str(message), code.co_filename, code.co_name, frame.f_lineno)
        )
        return True

    def debug(self, message: object, **kwargs: Any) -> bool:
        """Write a message with severity DEBUG; keywords as in :meth:`log`."""
        return self.log(message, LoggingSeverity.DEBUG, **kwargs)

    def info(self, message: object, **kwargs: Any) -> bool:
        """Write a message with severity INFO; keywords as in :meth:`log`."""
        return self.log(message, LoggingSeverity.INFO, **kwargs)

    def warning(self, message: object, **kwargs: Any) -> bool:
        """Write a message with severity WARN; keywords as in :meth:`log`."""
        return self.log(message, LoggingSeverity.WARN, **kwargs)

    def warn(self, message: object, **kwargs: Any) -> bool:
        """Write a message with severity WARN; the older name of :meth:`warning`."""
        return self.warning(message, **kwargs)

    def error(self, message: object, **kwargs: Any) -> bool:
        """Write a message with severity ERROR; keywords as in :meth:`log`."""
        return self.log(message, LoggingSeverity.ERROR, **kwargs)

    def fatal(self, message: object, **kwargs: Any) -> bool:
        """Write a message with severity FATAL; keywords as in :meth:`log`."""
        return self.log(message, LoggingSeverity.FATAL, **kwargs)

    def _site(self, frame: FrameType, severity: LoggingSeverity, filters: dict[str, Any]) -> _SiteState:
        site = (frame.f_code.co_filename, frame.f_code.co_name, frame.f_lineno, frame.f_lasti)
        state = self._sites.get(site)
        if state is None:
            state = self._sites[site] = _SiteState(severity, filters)
        if state.severity != severity:
            raise ValueError("Logger severity cannot be changed between calls.")
        if state.filters != filters:
            raise ValueError("Logging filters cannot be changed between calls.")
        return state


_THIS_FILE = RcutilsLogger.log.__code__.co_filename


def _check_filters(filters: dict[str, Any]) -> None:
    unknown = sorted(set(filters) - _FILTER_NAMES)
    if unknown:
        raise TypeError(f"Unknown logging keyword '{unknown[0]}'; known: {', '.join(sorted(_FILTER_NAMES))}")
    if "throttle_time_source_type" in filters and "throttle_duration_sec" not in filters:
        raise TypeError("throttle_time_source_type needs throttle_duration_sec")


def _calling_frame(frame: FrameType | None) -> FrameType:
    while frame is not None and frame.f_code.co_filename == _THIS_FILE:
        if frame.f_back is None:
            return frame
        frame = frame.f_back
    if frame is None:
        raise RuntimeError("this Python cannot tell the calling frame")
    return frame
