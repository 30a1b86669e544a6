# SPDX-License-Identifier: Apache-2.0
"""Severities of log messages."""

from __future__ import annotations

from enum import IntEnum


class LoggingSeverity(IntEnum):
    """Severity of a message; numbered as in rcutils and ``rcl_interfaces/msg/Log``."""

    UNSET = 0
    DEBUG = 10
    INFO = 20
    WARN = 30
    ERROR = 40
    FATAL = 50


def severity_from_string(text: str) -> LoggingSeverity:
    """Return the severity that a word names, in any case.

    Raises:
        RuntimeError: The word names none.
    """
    try:
        return LoggingSeverity[text.upper()]
    except KeyError:
        known = ", ".join(item.name for item in LoggingSeverity)
        raise RuntimeError(f"'{text}' is no log level; the levels are {known}") from None
