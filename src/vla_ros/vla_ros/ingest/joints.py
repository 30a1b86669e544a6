# SPDX-License-Identifier: Apache-2.0
"""Picks joints by name out of ``sensor_msgs/JointState``, whatever order or subset arrives. No ROS import."""

from __future__ import annotations

import math
from typing import Any

from vla_ros.contract.streams import GripperSpec, JointStateSpec
from vla_ros.ingest.sample import MalformedSampleError, Sample

__all__ = ["GripperDecoder", "JointStateDecoder"]


class JointStateDecoder:
    """Decoder of one stream of joints.

    A message that names all of them is a sample. Where several publishers each send a part, the newest values are put
    together and the sample is as old as its oldest part. Where none of the joints is named, the message is not meant.
    """

    def __init__(self, spec: JointStateSpec) -> None:
        self._spec = spec
        self._layout: list[str] = []  # names of the last message: the order hardly ever changes
        self._index: list[int] = []  # place of each joint in that layout; -1: not in it
        self._parts: dict[str, tuple[int, tuple[float, ...]]] = {}  # joint -> its newest stamp and fields
        self._emitted_ns = -1

    def __call__(self, message: Any, stamp_ns: int) -> Sample | None:
        """Return the sample that ``message`` completes, or None where it completes none.

        Args:
            message: Has the fields of ``sensor_msgs/JointState``.
            stamp_ns: Its time.

        Raises:
            MalformedSampleError: names repeated, fields of the wrong length, or a value that is not finite.
        """
        if message.name != self._layout:
            self._learn(list(message.name))
        if -1 not in self._index:
            return Sample(stamp_ns, self._values(message, self._index))
        return self._merge(message, stamp_ns)

    def _learn(self, names: list[str]) -> None:
        if len(set(names)) != len(names):
            raise MalformedSampleError(f"a joint is named twice in {', '.join(names)}")
        place = {name: index for index, name in enumerate(names)}
        self._index = [place.get(name, -1) for name in self._spec.names]
        self._layout = names

    def _values(self, message: Any, index: list[int]) -> tuple[float, ...]:
        values: list[float] = []
        for field in self._spec.fields:
            column = getattr(message, field)
            if len(column) != len(self._layout):
                raise MalformedSampleError(f"{field} has {len(column)} values for {len(self._layout)} joints")
            values += [float(column[i]) for i in index]
        if not all(map(math.isfinite, values)):
            bad = next(i for i, value in enumerate(values) if not math.isfinite(value))
            name = self._layout[index[bad % len(index)]]
            raise MalformedSampleError(f"{self._spec.fields[bad // len(index)]} of {name} is {values[bad]}")
        return tuple(values)

    def _merge(self, message: Any, stamp_ns: int) -> Sample | None:
        present = [place for place in self._index if place >= 0]
        if not present:
            return None
        values = self._values(message, present)
        for order, place in enumerate(present):
            self._parts[self._layout[place]] = (stamp_ns, values[order :: len(present)])
        if any(name not in self._parts for name in self._spec.names):
            return None
        parts = [self._parts[name] for name in self._spec.names]
        oldest_ns = min(stamp for stamp, _ in parts)
        if oldest_ns == self._emitted_ns:
            return None
        self._emitted_ns = oldest_ns
        fields = range(len(self._spec.fields))
        return Sample(oldest_ns, tuple(values[field] for field in fields for _, values in parts))


class GripperDecoder:
    """Decoder of the gripper's opening width [m]: the sum of its fingers' positions."""

    def __init__(self, spec: GripperSpec) -> None:
        self._fingers = JointStateDecoder(JointStateSpec(spec.fingers))

    def __call__(self, message: Any, stamp_ns: int) -> Sample | None:
        """As ``JointStateDecoder``, with one value: the width."""
        sample = self._fingers(message, stamp_ns)
        if sample is None:
            return None
        return Sample(sample.stamp_ns, (float(sum(sample.value)),))
