# SPDX-License-Identifier: Apache-2.0
"""Statistics over the last messages of a topic: rate, bandwidth, delay. No ROS, no clock."""

from __future__ import annotations

import itertools
import statistics
from collections import deque


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
        mean, least, most = (_bytes(value) for value in (statistics.fmean(sizes), min(sizes), max(sizes)))
        return (
            f"{_bytes(sum(sizes) / elapsed_s)}/s from {len(sizes)} messages\n"
            f"\tMessage size mean: {mean} min: {least} max: {most}"
        )

    def delay_line(self) -> str | None:
        """Return the delays [s]; None without messages."""
        delays = [delay for _, delay in self._entries]
        if not delays:
            return None
        return (
            f"average delay: {statistics.fmean(delays):.3f}\n\tmin: {min(delays):.3f}s max: {max(delays):.3f}s "
            f"std dev: {statistics.pstdev(delays):.5f}s window: {len(delays)}"
        )


def _bytes(number: float) -> str:
    for unit, factor in (("MB", 1e6), ("KB", 1e3)):
        if number >= factor:
            return f"{number / factor:.2f} {unit}"
    return f"{number:.0f} B"
