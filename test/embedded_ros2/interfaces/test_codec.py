# SPDX-License-Identifier: Apache-2.0
"""The bytes: against rosbags, round trips, layout by hand, and what is refused on writing."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rcl_interfaces.msg import ParameterDescriptor
from sensor_msgs.msg import JointState
from shape_msgs.msg import SolidPrimitive
from std_msgs.msg import Byte, Empty, Float64MultiArray, Header, Int8, Int32, String, WString

from embedded_ros2.interfaces import typesupport
from embedded_ros2.interfaces.fuzz import part_names
from embedded_ros2.interfaces.message_class import message_class
from embedded_ros2.interfaces.random_message import random_message

from .rosbags_oracle import message_names, oracle_bytes

BODY = b"\x00\x01\x00\x00"


@pytest.mark.parametrize("package", sorted({name.split("/")[0] for name in message_names()}))
def test_bytes_equal_those_of_rosbags(package: str) -> None:
    rng = random.Random(package)
    for name in message_names():
        for _ in range(10 if name.startswith(f"{package}/") else 0):
            message = random_message(name, rng)
            assert typesupport(type(message)).serialize(message) == oracle_bytes(message), message


@pytest.mark.parametrize("remainder", range(4))
def test_every_part_of_every_interface_survives_a_round_trip(remainder: int) -> None:
    rng = random.Random(remainder)
    for name in part_names()[remainder::4]:
        for message in (message_class(name)(), random_message(name, rng), random_message(name, rng)):
            support = typesupport(type(message))
            assert support.deserialize(bytes(support.serialize(message))) == message


@settings(deadline=None, max_examples=200)
@given(name=st.text(), position=st.lists(st.floats(allow_nan=False)), frame=st.text())
def test_any_text_and_number_survives(name: str, position: list[float], frame: str) -> None:
    text = name.encode("utf-8", "ignore").decode()
    frame = frame.encode("utf-8", "ignore").decode()
    message = JointState(header=Header(frame_id=frame), name=[text, frame], position=position)
    support = typesupport(JointState)
    assert support.deserialize(bytes(support.serialize(message))) == message


def test_layout_of_a_string_is_count_text_zero_byte_padding() -> None:
    assert typesupport(String).serialize(String(data="hey!")) == BODY + b"\x05\0\0\0hey!\0\0\0\0"


def test_layout_of_a_wide_string_has_four_bytes_per_utf16_unit() -> None:
    units = (0x61, 0xD83D, 0xDE00)
    written = typesupport(WString).serialize(WString(data="a😀"))
    assert written == BODY + struct.pack("<4I", 3, *units)
    assert typesupport(WString).deserialize(bytes(written)).data == "a😀"


def test_layout_of_an_empty_message_is_one_byte_and_padding() -> None:
    assert typesupport(Empty).serialize(Empty()) == BODY + bytes(4)


def test_empty_sequence_of_eight_byte_numbers_has_no_padding() -> None:
    message = Float64MultiArray()
    assert len(typesupport(Float64MultiArray).serialize(message)) == 4 + 12


def test_service_header_between_encapsulation_and_body_keeps_alignment() -> None:
    message = Float64MultiArray(data=[1.0, 2.0])
    support = typesupport(Float64MultiArray)
    written = bytes(support.serialize(message, BODY + bytes(range(16))))
    assert written[:20] == BODY + bytes(range(16))
    assert written[20:] == support.serialize(message)[4:]
    assert support.deserialize(written, 20) == message


def test_reader_takes_bytearray_and_memoryview() -> None:
    written = typesupport(Int32).serialize(Int32(data=-7))
    assert typesupport(Int32).deserialize(written).data == -7
    assert typesupport(Int32).deserialize(memoryview(written)).data == -7


def test_invalid_utf8_is_replaced_as_rclpy_does() -> None:
    assert typesupport(String).deserialize(BODY + b"\x03\0\0\0a\xff\0\0").data == "a\ufffd"


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (String(data=5), "std_msgs/msg/String: the field 'data' must be str, got int 5"),
        (Int8(data=128), "std_msgs/msg/Int8: the field 'data' must be in -128 to 127, got 128"),
        (Int32(data=1.5), "std_msgs/msg/Int32: the field 'data' must be int, got float 1.5"),
        (Byte(data=b"ab"), "std_msgs/msg/Byte: the field 'data' must be one byte, got 2"),
        (Header(stamp=Int32()), "the field 'stamp' must be a builtin_interfaces/msg/Time, got std_msgs/msg/Int32"),
        (SolidPrimitive(dimensions=[1.0] * 4), "the field 'dimensions' may have at most 3 elements, got 4"),
        (JointState(name=["a", 1]), "the field 'name' element 1 must be str, got int 1"),
        (ParameterDescriptor(name="\ud800"), "holds a lone surrogate"),
    ],
)
def test_writing_a_wrong_value_names_the_field(message: object, sentence: str) -> None:
    with pytest.raises(AssertionError) as caught:
        typesupport(type(message)).serialize(message)
    assert sentence in str(caught.value)


def test_writing_a_message_of_another_type_names_both() -> None:
    with pytest.raises(AssertionError, match="type std_msgs/msg/String is expected, got Int32"):
        typesupport(String).serialize(Int32())


def test_typesupport_refuses_what_is_no_message_class() -> None:
    from std_srvs.srv import SetBool

    with pytest.raises(TypeError, match="a message class is expected"):
        typesupport(SetBool)


def test_names_on_the_wire() -> None:
    from std_srvs.srv import SetBool

    assert typesupport(SetBool.Request).name == "std_srvs/srv/SetBool_Request"
    assert typesupport(SetBool.Request).dds_name == "std_srvs::srv::dds_::SetBool_Request_"
