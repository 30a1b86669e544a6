# SPDX-License-Identifier: Apache-2.0
"""What decoding hands to the buffers: samples, and the error for a message that cannot be used."""

from __future__ import annotations

from dataclasses import dataclass

from vla_ros.errors import VlaError
from vla_ros.types import ImageArray

__all__ = ["MalformedSampleError", "Sample", "Value"]

Value = ImageArray | tuple[float, ...]


class MalformedSampleError(VlaError):
    """A message has the wrong size, encoding, frame or names, or a value that is not finite; its text says which."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One decoded value of a stream.

    Attributes:
        stamp_ns: Its time on the observation's axis.
        value: Image, or the values of the stream's state names in order.
        interval_ns: Smoothed time between samples when it arrived; 0 where it is not known yet.
    """

    stamp_ns: int
    value: Value
    interval_ns: float = 0.0
