# SPDX-License-Identifier: Apache-2.0
"""A point in time on one kind of clock."""

from __future__ import annotations

from typing import Any

import builtin_interfaces.msg

from rclpy.clock_type import ClockType
from rclpy.constants import S_TO_NS
from rclpy.duration import Duration

_INT64 = range(-(2**63), 2**63)


class Time:
    """Nanoseconds since the zero of a clock. Times of different clock types can be neither compared nor subtracted.

    Raises:
        ValueError: The time is negative.
        TypeError: ``clock_type`` is none.
        OverflowError: The time does not fit 64 bits of nanoseconds.
    """

    def __init__(self, *, seconds: float = 0, nanoseconds: float = 0, clock_type: ClockType = ClockType.SYSTEM_TIME):
        if not isinstance(clock_type, ClockType):
            raise TypeError("Clock type must be a ClockType enum")
        if seconds < 0:
            raise ValueError("Seconds value must not be negative")
        if nanoseconds < 0:
            raise ValueError("Nanoseconds value must not be negative")
        total = int(seconds * S_TO_NS) + int(nanoseconds)
        if total not in _INT64:
            raise OverflowError("Total nanoseconds value is too large to store in C time point.")
        self._nanoseconds = total
        self._clock_type = clock_type

    @property
    def nanoseconds(self) -> int:
        """Time since the clock's zero [ns]."""
        return self._nanoseconds

    @property
    def clock_type(self) -> ClockType:
        """The clock on which the time counts."""
        return self._clock_type

    def seconds_nanoseconds(self) -> tuple[int, int]:
        """Return whole seconds and the rest in nanoseconds."""
        return divmod(self._nanoseconds, S_TO_NS)

    def __repr__(self) -> str:
        return f"Time(nanoseconds={self._nanoseconds}, clock_type={self._clock_type.name})"

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Duration):
            return self._moved(other.nanoseconds)
        return NotImplemented

    __radd__ = __add__

    def _moved(self, by_ns: int) -> Time:
        try:
            return Time(nanoseconds=self._nanoseconds + by_ns, clock_type=self._clock_type)
        except OverflowError as error:
            raise OverflowError("Addition leads to overflow in C storage.") from error

    def __sub__(self, other: Any) -> Any:
        if isinstance(other, Time):
            self._require_same_clock(other, "Can't subtract times with different clock types")
            return Duration(nanoseconds=self._nanoseconds - other.nanoseconds)
        if isinstance(other, Duration):
            return self._moved(-other.nanoseconds)
        return NotImplemented

    def _require_same_clock(self, other: Time, message: str) -> None:
        if self._clock_type != other.clock_type:
            raise TypeError(message)

    def __hash__(self) -> int:
        return hash((self._nanoseconds, self._clock_type))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Time):
            return NotImplemented
        self._require_same_clock(other, "Can't compare times with different clock types")
        return self._nanoseconds == other.nanoseconds

    def __lt__(self, other: Any) -> bool:
        if not isinstance(other, Time):
            return NotImplemented
        self._require_same_clock(other, "Can't compare times with different clock types")
        return self._nanoseconds < other.nanoseconds

    def __le__(self, other: Any) -> bool:
        return NotImplemented if not isinstance(other, Time) else not other < self

    def __gt__(self, other: Any) -> bool:
        return NotImplemented if not isinstance(other, Time) else other < self

    def __ge__(self, other: Any) -> bool:
        return NotImplemented if not isinstance(other, Time) else not self < other

    def to_msg(self) -> builtin_interfaces.msg.Time:
        """Return the time as a message (which does not tell the clock)."""
        seconds, nanoseconds = self.seconds_nanoseconds()
        return builtin_interfaces.msg.Time(sec=seconds, nanosec=nanoseconds)

    @classmethod
    def from_msg(cls, msg: builtin_interfaces.msg.Time, clock_type: ClockType = ClockType.ROS_TIME) -> Time:
        """Return the time that a message holds, on the clock that the caller knows it by.

        Raises:
            TypeError: ``msg`` is not a time message.
        """
        if not isinstance(msg, builtin_interfaces.msg.Time):
            raise TypeError("Must pass a builtin_interfaces.msg.Time object")
        return cls(seconds=msg.sec, nanoseconds=msg.nanosec, clock_type=clock_type)
