# SPDX-License-Identifier: Apache-2.0
"""Filters that put messages of several flows together by their times."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import product
from typing import Any

from message_filters.simple_filter import SimpleFilter
from message_filters.stamps import stamp_ns
from rclpy.clock import Clock, ClockType


class TimeSynchronizer(SimpleFilter):
    """Hands on messages of all flows that have exactly the same time.

    Args:
        fs: The filters to listen to.
        queue_size: How many messages of each flow wait for the others.
    """

    def __init__(self, fs: Sequence[SimpleFilter], queue_size: int) -> None:
        super().__init__()
        self.queue_size = queue_size
        self.queues: list[dict[int, Any]] = []
        self.lock = threading.Lock()
        self._clock = Clock(clock_type=ClockType.ROS_TIME)
        self._allow_headerless = False
        self.connectInput(fs)

    def connectInput(self, fs: Sequence[SimpleFilter]) -> None:
        """Listen to these filters."""
        self.queues = [{} for _ in fs]
        for index, source in enumerate(fs):
            source.registerCallback(self._take, index)

    def _take(self, message: Any, index: int) -> None:
        time_ns = stamp_ns(message, allow_headerless=self._allow_headerless, clock=self._clock)
        with self.lock:
            queue = self.queues[index]
            queue[time_ns] = message
            while len(queue) > self.queue_size:
                del queue[min(queue)]
            matched = self._match(index, time_ns) if time_ns in queue else None
        # Outside the lock: a callback may feed a filter again.
        if matched is not None:
            self.signalMessage(*matched)

    def _match(self, _index: int, time_ns: int) -> list[Any] | None:
        if not all(time_ns in queue for queue in self.queues):
            return None
        return [queue.pop(time_ns) for queue in self.queues]


class ApproximateTimeSynchronizer(TimeSynchronizer):
    """Hands on messages of all flows whose times are close; each message at most once.

    Args:
        fs: The filters to listen to.
        queue_size: How many messages of each flow wait for the others.
        slop: How far apart the times of one set may be [s].
        allow_headerless: Use the time of arrival for messages without header.
    """

    def __init__(
        self,
        fs: Sequence[SimpleFilter],
        queue_size: int,
        slop: float,
        allow_headerless: bool = False,
    ) -> None:
        super().__init__(fs, queue_size)
        self._slop_ns = round(slop * 1e9)
        self._allow_headerless = allow_headerless

    def _match(self, index: int, time_ns: int) -> list[Any] | None:
        candidates = [
            [time_ns]
            if number == index
            else sorted(
                (stamp for stamp in queue if abs(stamp - time_ns) <= self._slop_ns), key=lambda t: abs(t - time_ns)
            )
            for number, queue in enumerate(self.queues)
        ]
        # The nearest first: the first set within the slop is the tightest around the new message.
        for times_ns in product(*candidates):
            if max(times_ns) - min(times_ns) <= self._slop_ns:
                return [queue.pop(stamp) for queue, stamp in zip(self.queues, times_ns, strict=True)]
        return None
