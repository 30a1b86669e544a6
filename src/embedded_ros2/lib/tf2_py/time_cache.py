# SPDX-License-Identifier: Apache-2.0
"""The history of one frame's transform to its parent. No tree, no messages."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import NamedTuple

from tf2_py.exceptions import ExtrapolationException
from tf2_py.rigid import RigidTransform, interpolate


class Sample(NamedTuple):
    """A transform to a parent at a time."""

    stamp_ns: int
    parent: str
    transform: RigidTransform


class StaticCache:
    """A transform that holds at every time."""

    def __init__(self) -> None:
        self._sample: Sample | None = None

    def insert(self, sample: Sample) -> bool:
        """Replace the transform."""
        self._sample = sample
        return True

    def at(self, stamp_ns: int) -> Sample:
        """Return the transform; it has the requested time."""
        if self._sample is None:
            raise ExtrapolationException("The static transform was never set")
        return self._sample._replace(stamp_ns=stamp_ns)

    @property
    def latest_ns(self) -> int:
        """0: a static transform limits no time."""
        return 0


class TimeCache:
    """Transforms of the last ``duration_ns``, sorted by time."""

    def __init__(self, duration_ns: int) -> None:
        self._duration_ns = duration_ns
        self._stamps_ns: list[int] = []
        self._samples: list[Sample] = []

    @property
    def latest_ns(self) -> int:
        """Time of the newest transform."""
        return self._stamps_ns[-1]

    def insert(self, sample: Sample) -> bool:
        """Add a transform; return false when it is older than the buffer."""
        stamps_ns = self._stamps_ns
        if stamps_ns and sample.stamp_ns < stamps_ns[-1] - self._duration_ns:
            return False
        index = bisect_left(stamps_ns, sample.stamp_ns)
        if index < len(stamps_ns) and stamps_ns[index] == sample.stamp_ns:
            self._samples[index] = sample
            return True
        stamps_ns.insert(index, sample.stamp_ns)
        self._samples.insert(index, sample)
        self._prune()
        return True

    def _prune(self) -> None:
        stale = bisect_left(self._stamps_ns, self._stamps_ns[-1] - self._duration_ns)
        # In bulk: deleting from the front of a list moves all the rest.
        if stale > 64 or stale * 2 > len(self._stamps_ns):
            del self._stamps_ns[:stale], self._samples[:stale]

    def at(self, stamp_ns: int) -> Sample:
        """Return the transform at a time, interpolated between its neighbours; 0 is the newest.

        Raises:
            ExtrapolationException: The time is outside the buffer.
        """
        if stamp_ns == 0:
            return self._samples[-1]
        stamps_ns = self._stamps_ns
        index = bisect_right(stamps_ns, stamp_ns)
        if index and stamps_ns[index - 1] == stamp_ns:
            return self._samples[index - 1]
        if len(stamps_ns) == 1:
            raise ExtrapolationException(
                f"Lookup would require extrapolation at time {stamp_ns / 1e9:.6f}, "
                f"but only time {stamps_ns[0] / 1e9:.6f} is in the buffer"
            )
        if index == 0:
            raise ExtrapolationException(
                f"Lookup would require extrapolation into the past.  Requested time {stamp_ns / 1e9:.6f} "
                f"but the earliest data is at time {stamps_ns[0] / 1e9:.6f}"
            )
        if index == len(stamps_ns):
            raise ExtrapolationException(
                f"Lookup would require extrapolation into the future.  Requested time {stamp_ns / 1e9:.6f} "
                f"but the latest data is at time {stamps_ns[-1] / 1e9:.6f}"
            )
        before, after = self._samples[index - 1], self._samples[index]
        if before.parent != after.parent:
            return before._replace(stamp_ns=stamp_ns)
        ratio = (stamp_ns - before.stamp_ns) / (after.stamp_ns - before.stamp_ns)
        return Sample(stamp_ns, before.parent, interpolate(before.transform, after.transform, ratio))
