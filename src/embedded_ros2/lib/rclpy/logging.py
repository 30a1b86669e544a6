# SPDX-License-Identifier: Apache-2.0
"""Logging of a process: loggers, levels, and the logging part of ``--ros-args``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from rclpy.impl._log_output import output
from rclpy.impl.logging_severity import LoggingSeverity, severity_from_string
from rclpy.impl.rcutils_logger import RcutilsLogger

__all__ = [
    "LoggingSeverity",
    "clear_config",
    "configure",
    "get_logger",
    "get_logger_effective_level",
    "get_logger_level",
    "get_logging_directory",
    "get_logging_severity_from_string",
    "initialize",
    "set_logger_level",
    "shutdown",
]

_root_logger = RcutilsLogger()


def get_logger(name: str) -> RcutilsLogger:
    """Return a logger.

    Raises:
        ValueError: The name is empty.
    """
    if not name:
        raise ValueError("Logger name must not be empty.")
    return _root_logger.get_child(name)


def initialize() -> None:
    """Start logging; there is nothing to allocate, levels stay as they are."""


def shutdown() -> None:
    """End logging; forget all levels."""
    output.reset()


def clear_config() -> None:
    """Forget all levels and start anew."""
    shutdown()
    initialize()


def set_logger_level(name: str, level: int, detailed_error: bool = False) -> bool:
    """Set the level of a logger; the empty name is the default level.

    Args:
        name: Name of the logger.
        level: One of :class:`LoggingSeverity`.
        detailed_error: Return false on an unknown level instead of raising.

    Raises:
        ValueError: The level is unknown.
    """
    try:
        output.set_level(name, LoggingSeverity(level))
    except ValueError:
        if detailed_error:
            return False
        raise
    return True


def get_logger_effective_level(name: str) -> LoggingSeverity:
    """Return the level of a logger or of its nearest ancestor that has one."""
    return output.effective_level(name)


def get_logger_level(name: str) -> LoggingSeverity:
    """Return the level that was set on exactly this logger."""
    return output.level(name)


def get_logging_severity_from_string(log_severity: str) -> LoggingSeverity:
    """Return the severity that a word names; ``RuntimeError`` when it names none."""
    return severity_from_string(log_severity)


def get_logging_directory() -> Path:
    """Return ``$ROS_LOG_DIR``, else ``$ROS_HOME/log``, else ``~/.ros/log``."""
    directory = os.environ.get("ROS_LOG_DIR")
    if directory:
        return Path(directory).expanduser()
    return Path(os.environ.get("ROS_HOME") or "~/.ros").expanduser() / "log"


def configure(arguments: Sequence[str]) -> None:
    """Apply ``--log-level [NAME:=]LEVEL`` and ``--disable-stdout-logs`` out of ``--ros-args``.

    Raises:
        RuntimeError: A level is missing or unknown.
    """
    inside = False
    remaining = iter(arguments)
    for argument in remaining:
        if argument in ("--ros-args", "--"):
            inside = argument == "--ros-args"
            continue
        if inside and argument == "--log-level":
            _apply_level(next(remaining, ""))
        elif inside and argument in ("--disable-stdout-logs", "--enable-stdout-logs"):
            output.console_enabled = argument == "--enable-stdout-logs"


def _apply_level(rule: str) -> None:
    name, _, level = rule.rpartition(":=")
    if not level:
        raise RuntimeError("The argument --log-level must be followed by a level, e.g. --log-level debug")
    output.set_level(name, severity_from_string(level))
