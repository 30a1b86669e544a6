# SPDX-License-Identifier: Apache-2.0
"""Statistics over the last messages of a topic: rate, bandwidth, delay. No ROS, no clock."""

from __future__ import annotations

import itertools
import statistics
from collections import deque

_UNITS = ((1e6, "MB", 2), (1e3, "KB", 2), (1.0, "B", 0))  # factor, unit, decimals


class Window:
    """The last ``size`` values with the times at which they came."""

    def __init__(self, size: int) -> None:
        self._entries: deque[tuple[int, float]] = deque(maxlen=size)

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, stamp_ns: int, value: float = 0.0) -> None:
        """Take one message."""
        self._entries.append((stamp_ns, value))

    def rate_line(self) -> str | None:
        """Return the rate and the periods between messages; None with fewer than two."""
        stamps = [stamp for stamp, _ in self._entries]
        periods = [(later - earlier) / 1e9 for earlier, later in itertools.pairwise(stamps)]  # [s]
        if not periods or sum(periods) <= 0:
            return None
        return (
            f"average rate: {len(periods) / sum(periods):.3f}\n\tmin: {min(periods):.3f}s max: {max(periods):.3f}s "
            f"std dev: {statistics.pstdev(periods):.5f}s window: {len(stamps)}"
        )

    def bandwidth_line(self, now_ns: int) -> str | None:
        """Return bytes per second up to now and the sizes; None without messages."""
        sizes = [size for _, size in self._entries]
        elapsed_s = (now_ns - self._entries[0][0]) / 1e9 if sizes else 0.0
        if elapsed_s <= 0:
            return None
        rate = sum(sizes) / elapsed_s  # [bytes/s]
        # Sizes have the unit of the rate, as in the real tool.
        factor, unit, digits = next((entry for entry in _UNITS if rate >= entry[0]), _UNITS[-1])
        bandwidth, mean, least, most = (
            f"{value / factor:.{digits}f} {unit}" for value in (rate, statistics.fmean(sizes), min(sizes), max(sizes))
        )
        return f"{bandwidth}/s from {len(sizes)} messages\n\tMessage size mean: {mean} min: {least} max: {most}"

    def delay_line(self) -> str | None:
        """Return the delays [s]; None without messages."""
        delays = [delay for _, delay in self._entries]
        if not delays:
            return None
        return (
            f"average delay: {statistics.fmean(delays):.3f}\n\tmin: {min(delays):.3f}s max: {max(delays):.3f}s "
            f"std dev: {statistics.pstdev(delays):.5f}s window: {len(delays)}"
        )
