# SPDX-License-Identifier: Apache-2.0
"""Messages by name, as YAML and CSV, and set from dictionaries."""

from __future__ import annotations

import random

import pytest
import yaml
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import PoseArray, PoseWithCovariance
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, Byte, Float64, Int32, String

from embedded_ros2.interfaces.random_message import random_message
from rosidl_runtime_py import (
    get_interface_path,
    get_interfaces,
    get_service_interfaces,
    message_to_csv,
    message_to_ordereddict,
    message_to_yaml,
    set_message_fields,
)
from rosidl_runtime_py.utilities import get_action, get_interface, get_message, get_service


def test_classes_by_name() -> None:
    assert get_message("std_msgs/msg/String") is String
    assert get_message("std_msgs/String") is String
    assert get_service("std_srvs/srv/SetBool").__name__ == "SetBool"
    assert get_action("example_interfaces/action/Fibonacci").__name__ == "Fibonacci"
    assert get_interface("std_msgs/msg/String") is String


@pytest.mark.parametrize(
    ("name", "error", "sentence"),
    [
        ("String", ValueError, "package/msg/Name"),
        ("std_msgs/srv/String", ValueError, "the name of a msg is package/msg/Name"),
        ("std_msg/msg/String", ModuleNotFoundError, "no interface package 'std_msg'"),
        ("std_msgs/msg/Strng", AttributeError, r"nearest: String"),
    ],
)
def test_unknown_names(name: str, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        get_message(name)


def test_yaml_has_the_form_of_the_real_tool() -> None:
    message = JointState(name=["a"], position=[1.0, 2.5])
    message.header.stamp.sec = 5
    assert message_to_yaml(message) == (
        "header:\n  stamp:\n    sec: 5\n    nanosec: 0\n  frame_id: ''\n"
        "name:\n- a\nposition:\n- 1.0\n- 2.5\nvelocity: []\neffort: []\n"
    )
    assert "\nname: [a]\nposition: [1.0, 2.5]\n" in message_to_yaml(message, flow_style=True)
    assert message_to_yaml(String(data="x"), flow_style=True) == "data: x\n"


def test_long_values_are_cut_or_summed_up() -> None:
    message = JointState(name=["abcdef"], position=[0.0] * 5)
    short = message_to_ordereddict(message, truncate_length=3)
    assert short["name"] == ["abc..."]
    assert short["position"] == [0.0, 0.0, 0.0, "..."]
    assert message_to_ordereddict(message, no_arr=True)["position"] == "<sequence type: double, length: 5>"
    assert (
        message_to_ordereddict(PoseArray(), no_arr=True)["poses"]
        == "<sequence type: geometry_msgs/msg/Pose, length: 0>"
    )
    assert message_to_ordereddict(PoseWithCovariance(), no_arr=True)["covariance"] == "<array type: double[36]>"
    assert message_to_ordereddict(String(data="abc"), no_str=True)["data"] == "<string length: <3>>"


def test_csv_lists_the_values_depth_first() -> None:
    assert message_to_csv(JointState(name=["a"], position=[1.0])) == "0,0,,a,1.0,,"


@pytest.mark.parametrize(
    "name", ["sensor_msgs/msg/JointState", "vision_msgs/msg/Detection3DArray", "std_msgs/msg/Byte"]
)
def test_yaml_can_be_set_again(name: str) -> None:
    message = random_message(name, random.Random(name))
    again = type(message)()
    set_message_fields(again, yaml.safe_load(message_to_yaml(message)))
    assert again == message


def test_scalars_of_yaml_are_widened_to_the_field() -> None:
    for cls, given, expected in (
        (Float64, 1, 1.0),
        (Int32, 2.0, 2),
        (String, 5, "5"),
        (Byte, 7, b"\x07"),
        (Bool, 1, True),
    ):
        message = cls()
        set_message_fields(message, {"data": given})
        assert message.data == expected
        assert type(message.data) is type(expected)


@pytest.mark.parametrize(
    ("message", "values", "error", "sentence"),
    [
        (JointState(), {"postion": [1]}, AttributeError, r"has no field 'postion' \(nearest: position\)"),
        (JointState(), {"position": 1}, ValueError, "the field 'position' must be a sequence of double, got 1"),
        (JointState(), {"position": ["a"]}, ValueError, "the field 'position' must be float, got str 'a'"),
        (
            JointState(),
            {"header": 5},
            ValueError,
            "std_msgs/msg/Header: a mapping of field names to values is expected",
        ),
        (Int32(), {"data": 1.5}, ValueError, "must be int, got float 1.5"),
        (Int32(), {"data": 2**31}, ValueError, "must be in -2147483648 to 2147483647"),
        (PoseWithCovariance(), {"covariance": [1.0]}, ValueError, "must have 36 elements, got 1"),
        (Bool(), {"data": "yes"}, ValueError, "must be bool, got str 'yes'"),
        (
            DiagnosticStatus(),
            {"values": [{"kee": "a"}]},
            AttributeError,
            r"KeyValue has no field 'kee' \(nearest: key\)",
        ),
    ],
)
def test_wrong_values_name_the_field(message: object, values: object, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        set_message_fields(message, values)


def test_auto_and_now_are_stamped_later() -> None:
    message = JointState()
    setters = set_message_fields(message, {"header": "auto"}, expand_header_auto=True)
    for setter in setters:
        setter(Time(sec=3, nanosec=4))
    assert message.header.stamp == Time(sec=3, nanosec=4)
    setters = set_message_fields(message, {"header": {"stamp": "now"}}, expand_time_now=True)
    for setter in setters:
        setter(Time(sec=9))
    assert message.header.stamp.sec == 9
    with pytest.raises(ValueError, match="a mapping"):
        set_message_fields(message, {"header": "auto"})


def test_lists_of_interfaces() -> None:
    assert get_service_interfaces(["std_srvs", "std_msgs"]) == {"std_srvs": ["srv/Empty", "srv/SetBool", "srv/Trigger"]}
    assert "action/Fibonacci" in get_interfaces()["example_interfaces"]
    assert get_interface_path("std_srvs/srv/Empty").endswith("share/std_srvs/srv/Empty.srv")
