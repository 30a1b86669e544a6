# SPDX-License-Identifier: Apache-2.0
"""A span of time in nanoseconds."""

from __future__ import annotations

import functools
from typing import Any

import builtin_interfaces.msg

from rclpy.constants import S_TO_NS

_INT64 = range(-(2**63), 2**63)


@functools.total_ordering
class Duration:
    """A signed span of time; seconds and nanoseconds add up.

    Raises:
        OverflowError: The sum does not fit 64 bits of nanoseconds.
    """

    def __init__(self, *, seconds: float = 0, nanoseconds: float = 0):
        total = int(seconds * S_TO_NS) + int(nanoseconds)
        if total not in _INT64:
            raise OverflowError("Total nanoseconds value is too large to store in C duration.")
        self._nanoseconds = total

    @property
    def nanoseconds(self) -> int:
        """The span [ns]."""
        return self._nanoseconds

    def __repr__(self) -> str:
        return f"Duration(nanoseconds={self._nanoseconds})"

    def __str__(self) -> str:
        return "Infinite" if self == Infinite else f"{self._nanoseconds} nanoseconds"

    def __hash__(self) -> int:
        return hash(self._nanoseconds)

    def __eq__(self, other: object) -> bool:
        return self._nanoseconds == other.nanoseconds if isinstance(other, Duration) else NotImplemented

    def __lt__(self, other: Any) -> bool:
        return self._nanoseconds < other.nanoseconds if isinstance(other, Duration) else NotImplemented

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Duration):
            return Duration(nanoseconds=self._nanoseconds + other.nanoseconds)
        return NotImplemented

    def __sub__(self, other: Any) -> Any:
        if isinstance(other, Duration):
            return Duration(nanoseconds=self._nanoseconds - other.nanoseconds)
        return NotImplemented

    def __mul__(self, factor: Any) -> Any:
        if isinstance(factor, (int, float)):
            return Duration(nanoseconds=self._nanoseconds * factor)
        return NotImplemented

    __rmul__ = __mul__

    def to_msg(self) -> builtin_interfaces.msg.Duration:
        """Return the span as a message; the nanoseconds part is never negative."""
        seconds, nanoseconds = divmod(self._nanoseconds, S_TO_NS)
        return builtin_interfaces.msg.Duration(sec=seconds, nanosec=nanoseconds)

    @classmethod
    def from_msg(cls, msg: builtin_interfaces.msg.Duration) -> Duration:
        """Return the span that a message holds.

        Raises:
            TypeError: ``msg`` is not a duration message.
        """
        if not isinstance(msg, builtin_interfaces.msg.Duration):
            raise TypeError("Must pass a builtin_interfaces.msg.Duration object")
        return cls(seconds=msg.sec, nanoseconds=msg.nanosec)


# RMW_DURATION_INFINITE
Infinite = Duration(nanoseconds=2**63 - 1)
