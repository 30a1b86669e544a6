# SPDX-License-Identifier: Apache-2.0
"""Decodes poses (from tf2 or ``PoseStamped``) and wrenches. No ROS import."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from vla_ros.contract.streams import NS_PER_S, PoseSpec, WrenchSpec
from vla_ros.ingest.sample import MalformedSampleError, Sample

__all__ = ["PoseDecoder", "TransformDecoder", "WrenchDecoder"]

_UNIT_TOLERANCE = 0.01  # a quaternion further from unit length is no rounding error
_ANCESTORS = 64  # a chain longer than this is a loop


class TransformDecoder:
    """Pose of one frame in another, composed along the tree that ``/tf`` and ``/tf_static`` describe.

    A sample is as old as the oldest moving transform on the way.
    """

    def __init__(self, spec: PoseSpec) -> None:
        self._spec = spec
        self._edges: dict[str, tuple[str, int, tuple[float, ...]]] = {}  # child -> parent, stamp (-1: static), pose
        self._emitted_ns = -1

    def __call__(self, message: Any, stamp_ns: int, *, header: bool = True, static: bool = False) -> Sample | None:
        """Take the transforms of a ``tf2_msgs/TFMessage``; return a sample when the pose got newer, else None.

        Args:
            message: Has the fields of ``tf2_msgs/TFMessage``.
            stamp_ns: Used for all of its transforms unless ``header``.
            header: Use each transform's own stamp.
            static: It came from ``/tf_static``: it never gets old.

        Raises:
            MalformedSampleError: a quaternion is not of unit length, or a value is not finite.
        """
        for item in message.transforms:
            own_ns = item.header.stamp.sec * NS_PER_S + item.header.stamp.nanosec
            moved_ns = -1 if static else (own_ns if header else stamp_ns)
            translation, rotation = item.transform.translation, item.transform.rotation
            pose = _checked_pose(translation, rotation, item.child_frame_id)
            self._edges[item.child_frame_id] = (item.header.frame_id, moved_ns, pose)
        return self._compose(stamp_ns)

    def _compose(self, stamp_ns: int) -> Sample | None:
        chain = self._chain()
        if not chain:
            return None
        moving = [stamp for _, stamp, _ in chain if stamp >= 0]
        oldest_ns = min(moving) if moving else stamp_ns
        if oldest_ns == self._emitted_ns:
            return None
        self._emitted_ns = oldest_ns
        position, rotation = np.zeros(3), Rotation.identity()
        for _, _, pose in chain:  # from the child up to the parent
            edge = Rotation.from_quat(pose[3:])
            position, rotation = edge.apply(position) + pose[:3], edge * rotation
        quaternion = rotation.as_quat()
        sign = -1.0 if quaternion[3] < 0.0 else 1.0  # one of the two quaternions of a rotation, always the same
        return Sample(oldest_ns, (*map(float, position), *(float(sign * q) for q in quaternion)))

    def _chain(self) -> list[tuple[str, int, tuple[float, ...]]]:
        chain: list[tuple[str, int, tuple[float, ...]]] = []
        frame = self._spec.child
        while frame != self._spec.parent:
            edge = self._edges.get(frame)
            if edge is None or len(chain) > _ANCESTORS:
                return []
            chain.append(edge)
            frame = edge[0]
        return chain


class PoseDecoder:
    """Pose out of ``geometry_msgs/PoseStamped``, which has to be given in the contract's parent frame."""

    def __init__(self, spec: PoseSpec) -> None:
        self._spec = spec

    def __call__(self, message: Any, stamp_ns: int) -> Sample:
        """Return position [m] and unit quaternion.

        Raises:
            MalformedSampleError: another frame, a quaternion that is not of unit length, or a value that is not finite.
        """
        _check_frame(message, self._spec.parent)
        return Sample(stamp_ns, _checked_pose(message.pose.position, message.pose.orientation, self._spec.child))


class WrenchDecoder:
    """Force [N] and torque [Nm] out of ``geometry_msgs/WrenchStamped``."""

    def __init__(self, spec: WrenchSpec) -> None:
        self._spec = spec

    def __call__(self, message: Any, stamp_ns: int) -> Sample:
        """Return force and torque.

        Raises:
            MalformedSampleError: another frame or a value that is not finite.
        """
        _check_frame(message, self._spec.frame)
        force, torque = message.wrench.force, message.wrench.torque
        values = tuple(float(getattr(part, axis)) for part in (force, torque) for axis in "xyz")
        if not all(map(math.isfinite, values)):
            raise MalformedSampleError("a force or torque is not finite")
        return Sample(stamp_ns, values)


def _check_frame(message: Any, expected: str) -> None:
    if message.header.frame_id != expected:
        raise MalformedSampleError(f"it is given in frame '{message.header.frame_id}', expected '{expected}'")


def _checked_pose(position: Any, rotation: Any, name: str) -> tuple[float, ...]:
    values = [float(getattr(position, axis)) for axis in "xyz"] + [float(getattr(rotation, axis)) for axis in "xyzw"]
    if not all(map(math.isfinite, values)):
        raise MalformedSampleError(f"the pose of '{name}' is not finite")
    norm = math.sqrt(sum(value * value for value in values[3:]))
    if abs(norm - 1.0) > _UNIT_TOLERANCE:
        raise MalformedSampleError(f"the quaternion of '{name}' has length {norm:.3g}, expected 1")
    return (*values[:3], *(value / norm for value in values[3:]))
