# SPDX-License-Identifier: Apache-2.0
"""The last messages of a filter, sorted by time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from typing import Any

from message_filters.simple_filter import SimpleFilter
from message_filters.stamps import stamp_ns
from rclpy.clock import Clock, ClockType
from rclpy.time import Time


class Cache(SimpleFilter):
    """Keeps the newest messages.

    Args:
        f: The filter to listen to.
        cache_size: How many messages are kept.
        allow_headerless: File messages without header under the time they came.
    """

    def __init__(
        self,
        f: SimpleFilter | None = None,
        cache_size: int = 1,
        allow_headerless: bool = False,
    ) -> None:
        super().__init__()
        self._items: list[tuple[int, int, Any]] = []
        self._count = 0
        self._clock = Clock(clock_type=ClockType.ROS_TIME)
        self.cache_size = cache_size
        self.allow_headerless = allow_headerless
        if f is not None:
            f.registerCallback(self.add)

    def add(self, msg: Any) -> None:
        """Take a message; the oldest makes room."""
        # The count keeps messages with equal times comparable, and in order.
        self._count += 1
        time_ns = stamp_ns(msg, allow_headerless=self.allow_headerless, clock=self._clock)
        insort(self._items, (time_ns, self._count, msg))
        del self._items[: -self.cache_size]
        self.signalMessage(msg)

    def getInterval(self, from_stamp: Time, to_stamp: Time) -> list[Any]:
        """Return the messages between two times, both included."""
        first = bisect_left(self._items, (from_stamp.nanoseconds,))
        end = bisect_right(self._items, (to_stamp.nanoseconds, self._count + 1))
        return [item[2] for item in self._items[first:end]]

    def getElemAfterTime(self, stamp: Time) -> Any:
        """Return the oldest message at or after a time, or none."""
        index = bisect_left(self._items, (stamp.nanoseconds,))
        return self._items[index][2] if index < len(self._items) else None

    def getElemBeforeTime(self, stamp: Time) -> Any:
        """Return the newest message at or before a time, or none."""
        index = bisect_right(self._items, (stamp.nanoseconds, self._count + 1))
        return self._items[index - 1][2] if index else None

    def getOldestTime(self) -> Time | None:
        """Return the time of the oldest message."""
        return self._time(0)

    def getLastestTime(self) -> Time | None:
        """Return the time of the newest message."""
        return self._time(-1)

    def getLatestTime(self) -> Time | None:
        """Return the time of the newest message."""
        return self._time(-1)

    def getLast(self) -> Any:
        """Return the newest message, or none."""
        return self._items[-1][2] if self._items else None

    def _time(self, index: int) -> Time | None:
        return Time(nanoseconds=self._items[index][0], clock_type=ClockType.ROS_TIME) if self._items else None
