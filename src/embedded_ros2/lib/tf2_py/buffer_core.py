# SPDX-License-Identifier: Apache-2.0
"""A thread-safe buffer of transform messages. It does not wait and knows no nodes."""

from __future__ import annotations

import math
import threading
from typing import Any

import yaml
from builtin_interfaces.msg import Time as TimeMsg
from geometry_msgs.msg import TransformStamped

from tf2_py.exceptions import InvalidArgumentException, TransformException
from tf2_py.frame_tree import FrameTree
from tf2_py.rigid import RigidTransform, compose
from tf2_py.time_cache import Sample

# Kept history when the caller names none, the default of tf2.
DEFAULT_CACHE_NS = 10_000_000_000
# How far a quaternion's squared norm may be from 1, as in tf2's BufferCore.
_NORM_TOLERANCE = 10e-3


class BufferCore:
    """Transforms between named frames over time.

    Args:
        cache_time: ``rclpy.duration.Duration`` of history to keep; 10 s when left out.
    """

    def __init__(self, cache_time: Any = None) -> None:
        self._tree = FrameTree(DEFAULT_CACHE_NS if cache_time is None else cache_time.nanoseconds)
        self._changed = threading.Condition(threading.RLock())

    def set_transform(self, transform: TransformStamped, authority: str) -> bool:
        """Add a moving transform; return false when it is too old to be kept.

        Raises:
            InvalidArgumentException: Empty or equal frame names, numbers that are not finite, no unit quaternion.
        """
        return self._insert(transform, authority, is_static=False)

    def set_transform_static(self, transform: TransformStamped, authority: str) -> bool:
        """Add a transform that holds at every time; raises as :meth:`set_transform`."""
        return self._insert(transform, authority, is_static=True)

    def lookup_transform_core(self, target_frame: str, source_frame: str, time: Any) -> TransformStamped:
        """Return the transform that maps coordinates in ``source_frame`` to ``target_frame``.

        Args:
            target_frame: Frame to express coordinates in.
            source_frame: Frame the coordinates are in.
            time: ``rclpy.time.Time``; zero is the newest common time.

        Raises:
            TransformException: One of its subclasses, which says why there is no transform.
        """
        with self._changed:
            stamp_ns, transform = self._tree.lookup(target_frame, source_frame, time.nanoseconds)
        return _to_message(target_frame, source_frame, stamp_ns, transform)

    def lookup_transform_full_core(
        self, target_frame: str, target_time: Any, source_frame: str, source_time: Any, fixed_frame: str
    ) -> TransformStamped:
        """Return the transform between frames at two times, both seen from ``fixed_frame``.

        Raises as :meth:`lookup_transform_core`.
        """
        with self._changed:
            _, source_to_fixed = self._tree.lookup(fixed_frame, source_frame, source_time.nanoseconds)
            stamp_ns, fixed_to_target = self._tree.lookup(target_frame, fixed_frame, target_time.nanoseconds)
        return _to_message(target_frame, source_frame, stamp_ns, compose(fixed_to_target, source_to_fixed))

    def can_transform_core(self, target_frame: str, source_frame: str, time: Any) -> tuple[bool, str]:
        """Return whether a lookup would succeed, and else why not."""
        try:
            self.lookup_transform_core(target_frame, source_frame, time)
        except TransformException as error:
            return False, str(error)
        return True, ""

    def can_transform_full_core(
        self, target_frame: str, target_time: Any, source_frame: str, source_time: Any, fixed_frame: str
    ) -> tuple[bool, str]:
        """Return whether a lookup over two times would succeed, and else why not."""
        try:
            self.lookup_transform_full_core(target_frame, target_time, source_frame, source_time, fixed_frame)
        except TransformException as error:
            return False, str(error)
        return True, ""

    def clear(self) -> None:
        """Forget the moving transforms."""
        with self._changed:
            self._tree.clear()

    def get_frames(self) -> list[str]:
        """Return the names of all frames."""
        with self._changed:
            return self._tree.frames

    def all_frames_as_yaml(self) -> str:
        """Return parent, broadcaster and newest time of each frame as YAML."""
        with self._changed:
            return yaml.safe_dump(self._tree.describe(), sort_keys=False)

    def all_frames_as_string(self) -> str:
        """Return one sentence per frame."""
        with self._changed:
            described = self._tree.describe()
        return "".join(f"Frame {name} exists with parent {item['parent']}.\n" for name, item in described.items())

    def _insert(self, message: TransformStamped, authority: str, *, is_static: bool) -> bool:
        child = message.child_frame_id.lstrip("/")
        sample = _to_sample(message, child)
        with self._changed:
            kept = self._tree.insert(child, sample, is_static=is_static, authority=authority)
            self._changed.notify_all()
        return kept


def _to_sample(message: TransformStamped, child: str) -> Sample:
    parent = message.header.frame_id.lstrip("/")
    if not child or not parent:
        raise InvalidArgumentException(f"a transform must name both frames, got parent '{parent}' and child '{child}'")
    if child == parent:
        raise InvalidArgumentException(f"the transform's frame_id and child_frame_id are both '{child}'")
    t, r = message.transform.translation, message.transform.rotation
    translation, rotation = (t.x, t.y, t.z), (r.x, r.y, r.z, r.w)
    if not all(map(math.isfinite, (*translation, *rotation))):
        raise InvalidArgumentException(f"the transform from '{child}' to '{parent}' holds a number that is not finite")
    norm2 = sum(c * c for c in rotation)
    if abs(norm2 - 1.0) > _NORM_TOLERANCE:
        raise InvalidArgumentException(
            f"the quaternion of the transform from '{child}' to '{parent}' is not normalised: {rotation}"
        )
    stamp = message.header.stamp
    return Sample(stamp.sec * 1_000_000_000 + stamp.nanosec, parent, RigidTransform(translation, rotation))


def _to_message(target: str, source: str, stamp_ns: int, transform: RigidTransform) -> TransformStamped:
    message = TransformStamped()
    seconds, nanoseconds = divmod(stamp_ns, 1_000_000_000)
    message.header.stamp = TimeMsg(sec=seconds, nanosec=nanoseconds)
    message.header.frame_id = target
    message.child_frame_id = source
    t, r = message.transform.translation, message.transform.rotation
    t.x, t.y, t.z = transform.translation
    r.x, r.y, r.z, r.w = transform.rotation
    return message
