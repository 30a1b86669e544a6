# SPDX-License-Identifier: Apache-2.0
"""Damaged buffers: refused with a reason, without allocating for what they claim."""

from __future__ import annotations

import contextlib
import struct
import tracemalloc

import pytest
from sensor_msgs.msg import Image, JointState
from shape_msgs.msg import SolidPrimitive
from std_msgs.msg import Float64MultiArray, Int32, String, WString
from tf2_msgs.msg import TFMessage

from embedded_ros2.interfaces import CorruptMessage, typesupport
from embedded_ros2.interfaces.fuzz import fuzz

BODY = b"\x00\x01\x00\x00"


@pytest.mark.parametrize("message", [JointState(name=["a"], position=[1.0]), Image(data=b"abc"), Float64MultiArray()])
def test_every_truncation_is_refused(message: object) -> None:
    support = typesupport(type(message))
    written = bytes(support.serialize(message))
    padding = 3 if isinstance(message, Image) else 0
    for length in range(len(written) - padding):
        if length >= len(written) - padding:
            continue
        with pytest.raises(CorruptMessage):
            support.deserialize(written[:length])


@pytest.mark.parametrize("cls", [String, WString, Float64MultiArray, TFMessage, Image, JointState])
@pytest.mark.parametrize("claimed", [0x10000, 0x1FFFFFFF, 0x20000000, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_claimed_length_beyond_the_buffer_is_refused_before_allocating(cls: type, claimed: int) -> None:
    support = typesupport(cls)
    written = bytes(support.serialize(cls()))
    support.deserialize(written)
    for offset in range(4, len(written), 4):
        damaged = written[:offset] + struct.pack("<I", claimed) + written[offset + 4 :]
        tracemalloc.start()
        with contextlib.suppress(CorruptMessage):
            support.deserialize(damaged)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 20_000


def test_a_wrong_header_is_refused() -> None:
    for header in (b"\x00\x00\x00\x00", b"\x00\x07\x00\x00", b"\x00\x03\x00\x00", b"\x00", b""):
        with pytest.raises(CorruptMessage, match="header of little-endian XCDR1"):
            typesupport(Int32).deserialize(header + bytes(4) if len(header) == 4 else header)


def test_bytes_left_over_are_refused() -> None:
    support = typesupport(Int32)
    support.deserialize(BODY + bytes(4) + bytes(3))
    with pytest.raises(CorruptMessage, match=r"std_msgs/msg/Int32: 4 bytes are left over at byte 8"):
        support.deserialize(BODY + bytes(4) + bytes(4))


def test_a_string_without_its_zero_byte_is_refused() -> None:
    with pytest.raises(CorruptMessage, match="does not end with a zero byte"):
        typesupport(String).deserialize(BODY + b"\x04\0\0\0abcd")


def test_a_string_of_length_zero_is_taken_for_empty() -> None:
    assert typesupport(String).deserialize(BODY + bytes(4)).data == ""


def test_a_wide_string_that_is_no_utf16_is_refused() -> None:
    for unit in (0xD800, 0x10000):
        with pytest.raises(CorruptMessage, match="no UTF-16"):
            typesupport(WString).deserialize(BODY + struct.pack("<2I", 1, unit))


def test_a_sequence_beyond_its_bound_is_refused() -> None:
    support = typesupport(SolidPrimitive)
    written = bytearray(support.serialize(SolidPrimitive(dimensions=[1.0, 2.0, 3.0])))
    written[8:12] = struct.pack("<I", 4)
    with pytest.raises(CorruptMessage, match="longer than its bound"):
        support.deserialize(bytes(written))


def test_mutated_buffers_neither_crash_nor_hang_nor_allocate_beyond_their_size() -> None:
    report = fuzz(count=8_000, seed=4)
    assert report.crashes == []
    assert report.rejected > 1_000
    assert report.accepted > 1_000
    assert report.peak_ratio < 100
