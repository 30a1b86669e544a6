# SPDX-License-Identifier: Apache-2.0
"""A diagnostic status that is filled step by step."""

from __future__ import annotations

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue


def level_number(level: bytes | int) -> int:
    """Return a level as a number; messages hold it as one byte."""
    return level[0] if isinstance(level, (bytes, bytearray)) else int(level)


class DiagnosticStatusWrapper:
    """Level, message and values of one status; :meth:`to_msg` makes the message.

    Args:
        name: Name of the status.
        hardware_id: What it is about.
    """

    def __init__(self, name: str = "", hardware_id: str = "") -> None:
        self.level: bytes = DiagnosticStatus.OK
        self.name = name
        self.message = ""
        self.hardware_id = hardware_id
        self.values: list[KeyValue] = []

    def summary(self, *args: bytes | int | str | DiagnosticStatus | DiagnosticStatusWrapper) -> None:
        """Set level and message: ``summary(level, message)`` or those of another status."""
        level, self.message = _level_and_message(args)
        self.level = bytes([level_number(level)])

    def clearSummary(self) -> None:
        """Set level OK without message."""
        self.summary(DiagnosticStatus.OK, "")

    def mergeSummary(self, *args: bytes | int | str | DiagnosticStatus | DiagnosticStatusWrapper) -> None:
        """Keep the worse level; join the messages when both are problems."""
        level, message = _level_and_message(args)
        own, other = level_number(self.level), level_number(level)
        if own > 0 and other > 0:
            self.message = f"{self.message}; {message}" if self.message else message
        elif other > own:
            self.message = message
        self.level = bytes([max(own, other)])

    def add(self, key: str, val: object) -> None:
        """Add a value."""
        self.values.append(KeyValue(key=key, value=str(val)))

    def to_msg(self) -> DiagnosticStatus:
        """Return the message."""
        return DiagnosticStatus(
            level=self.level, name=self.name, message=self.message, hardware_id=self.hardware_id, values=self.values
        )


def _level_and_message(args: tuple) -> tuple[bytes | int, str]:
    if len(args) == 1:
        return args[0].level, args[0].message
    level, message = args
    return level, str(message)
