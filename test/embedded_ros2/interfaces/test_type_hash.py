# SPDX-License-Identifier: Apache-2.0
"""RIHS01 hashes: against rosbags for messages; the services' and actions' shape by hand."""

from __future__ import annotations

from embedded_ros2.interfaces import rihs01, type_description
from embedded_ros2.interfaces.package_index import INDEX
from embedded_ros2.interfaces.source import interface_names

from .rosbags_oracle import message_names, typestore


def test_hashes_equal_those_of_rosbags() -> None:
    assert len(message_names()) > 150
    for name in message_names():
        assert rihs01(name) == typestore().hash_rihs01(name), name


def test_a_service_is_described_by_request_response_and_event() -> None:
    description = type_description("std_srvs/srv/SetBool")
    fields = description["type_description"]["fields"]
    assert [field["name"] for field in fields] == ["request_message", "response_message", "event_message"]
    referenced = [other["type_name"] for other in description["referenced_type_descriptions"]]
    assert referenced == [
        "builtin_interfaces/msg/Time",
        "service_msgs/msg/ServiceEventInfo",
        "std_srvs/srv/SetBool_Event",
        "std_srvs/srv/SetBool_Request",
        "std_srvs/srv/SetBool_Response",
    ]


def test_an_action_is_described_by_its_six_parts() -> None:
    fields = type_description("example_interfaces/action/Fibonacci")["type_description"]["fields"]
    assert [field["type"]["nested_type_name"].rpartition("/")[2] for field in fields] == [
        "Fibonacci_Goal",
        "Fibonacci_Result",
        "Fibonacci_Feedback",
        "Fibonacci_SendGoal",
        "Fibonacci_GetResult",
        "Fibonacci_FeedbackMessage",
    ]


def test_an_empty_part_is_described_by_its_placeholder_member() -> None:
    fields = type_description("std_srvs/srv/Trigger_Request")["type_description"]["fields"]
    assert [field["name"] for field in fields] == ["structure_needs_at_least_one_member"]


def test_bounds_are_part_of_the_description() -> None:
    fields = type_description("type_description_interfaces/msg/FieldType")["type_description"]["fields"]
    assert [(field["type"]["type_id"], field["type"]["string_capacity"]) for field in fields][-1] == (21, 255)
    event = type_description("std_srvs/srv/SetBool_Event")["type_description"]["fields"]
    assert (event[1]["type"]["type_id"], event[1]["type"]["capacity"]) == (97, 1)


def test_wide_strings_have_their_own_type() -> None:
    fields = type_description("example_interfaces/msg/WString")["type_description"]["fields"]
    assert fields[0]["type"]["type_id"] == 18


def test_all_hashes_of_whole_interfaces_differ() -> None:
    names = [
        f"{package}/{kind}/{name}"
        for package in INDEX.packages()
        for kind in ("msg", "srv", "action")
        for name in interface_names(package, kind)
    ]
    assert len({rihs01(name) for name in names}) == len(names)
