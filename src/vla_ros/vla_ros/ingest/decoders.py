# SPDX-License-Identifier: Apache-2.0
"""From a message of a stream to a sample: which decoder, which stamp, what is wrong where it fails. No ROS import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vla_ros.contract.streams import (
    NS_PER_S,
    ClockSource,
    GripperSpec,
    ImageSpec,
    JointStateSpec,
    PoseSpec,
    StreamSpec,
)
from vla_ros.ingest.images import decode_compressed, decode_image
from vla_ros.ingest.joints import GripperDecoder, JointStateDecoder
from vla_ros.ingest.poses import PoseDecoder, TransformDecoder, WrenchDecoder
from vla_ros.ingest.sample import MalformedSampleError, Sample

__all__ = ["Arrival", "StreamDecoder"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message after decoding.

    Attributes:
        key: Its stream.
        receive_ns: When it arrived.
        sample: None where it completed none or is malformed.
        fault: What is wrong with it; empty where nothing is.
    """

    key: str
    receive_ns: int
    sample: Sample | None = None
    fault: str = ""


class StreamDecoder:
    """Decodes the messages of one stream, in one thread (it remembers layouts and transforms)."""

    def __init__(self, spec: StreamSpec) -> None:
        self._spec = spec
        self._decode = _make(spec)

    def __call__(self, message: Any, receive_ns: int, *, static: bool = False) -> Arrival:
        """Decode ``message``; a malformed one is an ordinary result, not an error.

        Args:
            message: Of the stream's type, live or from a bag.
            receive_ns: When it arrived.
            static: It came from ``/tf_static``.
        """
        try:
            if isinstance(self._decode, TransformDecoder):
                header = self._spec.clock is ClockSource.HEADER
                sample = self._decode(message, receive_ns, header=header, static=static)
            else:
                sample = self._decode(message, self._stamp_ns(message, receive_ns))
        except MalformedSampleError as error:
            return Arrival(self._spec.key, receive_ns, fault=str(error))
        return Arrival(self._spec.key, receive_ns, sample)

    def _stamp_ns(self, message: Any, receive_ns: int) -> int:
        if self._spec.clock is ClockSource.RECEIVE:
            return receive_ns
        stamp = message.header.stamp
        return int(stamp.sec) * NS_PER_S + int(stamp.nanosec)


def _make(spec: StreamSpec) -> TransformDecoder | Callable[[Any, int], Sample | None]:
    payload = spec.payload
    if isinstance(payload, ImageSpec):
        decode = decode_compressed if spec.type_name.endswith("CompressedImage") else decode_image
        return lambda message, stamp_ns: Sample(stamp_ns, decode(message, payload))
    if isinstance(payload, JointStateSpec):
        return JointStateDecoder(payload)
    if isinstance(payload, GripperSpec):
        return GripperDecoder(payload)
    if isinstance(payload, PoseSpec):
        return TransformDecoder(payload) if spec.type_name.endswith("TFMessage") else PoseDecoder(payload)
    return WrenchDecoder(payload)
