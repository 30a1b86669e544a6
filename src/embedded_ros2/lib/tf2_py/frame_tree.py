# SPDX-License-Identifier: Apache-2.0
"""Frames, their parents over time, and the transform between any two. No messages, no locks, no waiting."""

from __future__ import annotations

import difflib

from tf2_py.exceptions import (
    ConnectivityException,
    ExtrapolationException,
    InvalidArgumentException,
    LookupException,
)
from tf2_py.rigid import IDENTITY, RigidTransform, compose, inverse
from tf2_py.time_cache import Sample, StaticCache, TimeCache

# A longer chain than this is a loop (the bound of tf2's BufferCore).
MAX_DEPTH = 1000


class FrameTree:
    """A forest of frames; each child keeps the history of its transform to its parent.

    Args:
        cache_ns: How much history is kept [ns].
    """

    def __init__(self, cache_ns: int) -> None:
        self._cache_ns = cache_ns
        self._caches: dict[str, TimeCache | StaticCache] = {}
        self._authorities: dict[str, str] = {}
        self._frames: dict[str, None] = {}

    @property
    def frames(self) -> list[str]:
        """Names of all frames, in order of appearance."""
        return list(self._frames)

    def clear(self) -> None:
        """Forget the moving transforms; static ones stay."""
        self._caches = {name: cache for name, cache in self._caches.items() if isinstance(cache, StaticCache)}

    def insert(self, child: str, sample: Sample, *, is_static: bool, authority: str) -> bool:
        """Add a transform from ``child`` to ``sample.parent``; return false when it is too old."""
        cache = self._caches.get(child)
        wanted = StaticCache if is_static else TimeCache
        if not isinstance(cache, wanted):
            cache = self._caches[child] = StaticCache() if is_static else TimeCache(self._cache_ns)
        self._frames.setdefault(child)
        self._frames.setdefault(sample.parent)
        self._authorities[child] = authority
        return cache.insert(sample)

    def describe(self) -> dict[str, dict[str, object]]:
        """Return parent, authority and newest time of each frame that has a parent."""
        return {
            name: {
                "parent": cache.at(0).parent,
                "broadcaster": self._authorities[name],
                "most_recent_transform": cache.latest_ns / 1e9,
            }
            for name, cache in self._caches.items()
        }

    def lookup(self, target: str, source: str, stamp_ns: int) -> tuple[int, RigidTransform]:
        """Return the time and the transform that maps coordinates in ``source`` to ``target``.

        Args:
            target: Name of the frame to express coordinates in.
            source: Name of the frame the coordinates are in.
            stamp_ns: Time; 0 is the newest time that all transforms on the way have.

        Raises:
            InvalidArgumentException: A name is empty or begins with a slash.
            LookupException: A frame is unknown.
            ConnectivityException: There is no way between the frames.
            ExtrapolationException: A transform on the way has no data at that time.
        """
        self.check_name(target, "target_frame")
        self.check_name(source, "source_frame")
        if target == source:
            return stamp_ns or self._newest(source), IDENTITY
        if stamp_ns == 0:
            stamp_ns = self._common_time(target, source)
        source_way, source_error = self._way_up(source, stamp_ns)
        target_way, target_error = self._way_up(target, stamp_ns)
        common = next((name for name in source_way if name in target_way), None)
        if common is None:
            raise self._no_way(target, source, source_error or target_error)
        return stamp_ns, compose(inverse(target_way[common]), source_way[common])

    def check_name(self, name: str, argument: str) -> None:
        """Raise unless a name is well formed and known; see :meth:`lookup`."""
        call = f"lookupTransform argument {argument}"
        if not name:
            raise InvalidArgumentException(f"Invalid argument passed to {call} in tf2 frame_ids cannot be empty")
        if name.startswith("/"):
            raise InvalidArgumentException(
                f"Invalid argument \"{name}\" passed to {call} in tf2 frame_ids cannot start with a '/'"
            )
        if name not in self._frames:
            near = difflib.get_close_matches(name, self._frames, n=3)
            hint = f" The nearest names are {', '.join(near)}." if near else ""
            raise LookupException(f'"{name}" passed to {call} does not exist.{hint}')

    def _way_up(self, frame: str, stamp_ns: int) -> tuple[dict[str, RigidTransform], ExtrapolationException | None]:
        way = {frame: IDENTITY}
        transform, name = IDENTITY, frame
        while (cache := self._caches.get(name)) is not None:
            try:
                sample = cache.at(stamp_ns)
            except ExtrapolationException as error:
                return way, error
            transform = compose(sample.transform, transform)
            name = sample.parent
            if name in way or len(way) > MAX_DEPTH:
                raise LookupException(f"The tf tree is invalid because it contains a loop at frame {name}.")
            way[name] = transform
        return way, None

    def _common_time(self, target: str, source: str) -> int:
        source_times = self._newest_times(source)
        target_times = self._newest_times(target)
        common = next((name for name in source_times if name in target_times), None)
        if common is None:
            raise self._no_way(target, source, None)
        limits_ns = [item for item in (source_times[common], target_times[common]) if item]
        return min(limits_ns, default=0)

    def _newest_times(self, frame: str) -> dict[str, int]:
        """Return, for each frame on the way up, the newest time that the way to it has (0: any)."""
        times_ns = {frame: 0}
        limit_ns, name = 0, frame
        while (cache := self._caches.get(name)) is not None:
            latest_ns = cache.latest_ns
            if latest_ns:
                limit_ns = min(limit_ns, latest_ns) if limit_ns else latest_ns
            name = cache.at(0).parent
            if name in times_ns:
                raise LookupException(f"The tf tree is invalid because it contains a loop at frame {name}.")
            times_ns[name] = limit_ns
        return times_ns

    def _newest(self, frame: str) -> int:
        cache = self._caches.get(frame)
        return cache.latest_ns if cache is not None else 0

    @staticmethod
    def _no_way(target: str, source: str, error: ExtrapolationException | None) -> Exception:
        if error is not None:
            return ExtrapolationException(
                f"{error}, when looking up transform from frame [{source}] to frame [{target}]"
            )
        return ConnectivityException(
            f"Could not find a connection between '{target}' and '{source}' because they are not part of the same "
            "tree.Tf has two or more unconnected trees."
        )
