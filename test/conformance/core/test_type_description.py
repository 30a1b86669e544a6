# SPDX-License-Identifier: Apache-2.0
"""The service that describes types."""

from std_msgs.msg import Header
from type_description_interfaces.srv import GetTypeDescription

from rclpy.parameter import Parameter

HEADER_HASH = "RIHS01_f49fb3ae2cf070f793645ff749683ac6b06203e41c891e17701b1cb597ce6a01"


def ask(ros, node, **fields):
    client = node.create_client(GetTypeDescription, "/described/get_type_description")
    ros.spin_until(client.service_is_ready)
    future = client.call_async(GetTypeDescription.Request(**fields))
    ros.spin_until(future.done)
    return future.result()


def test_a_type_in_use_is_described(ros):
    node = ros.node("described")
    node.create_publisher(Header, "header", 1)
    answer = ask(ros, node, type_name="std_msgs/msg/Header", type_hash=HEADER_HASH)
    assert answer.successful, answer.failure_reason
    fields = answer.type_description.type_description.fields
    assert [(field.name, field.type.type_id) for field in fields] == [("stamp", 1), ("frame_id", 17)]
    assert fields[0].type.nested_type_name == "builtin_interfaces/msg/Time"
    referenced = answer.type_description.referenced_type_descriptions
    assert [part.type_name for part in referenced] == ["builtin_interfaces/msg/Time"]
    assert "frame_id" in answer.type_sources[0].raw_file_contents


def test_an_unknown_type_is_refused_with_a_reason(ros):
    answer = ask(ros, ros.node("described"), type_name="no_such_msgs/msg/Thing", type_hash=HEADER_HASH)
    assert not answer.successful
    assert answer.failure_reason


def test_the_service_can_be_left_out(ros):
    node = ros.node("silent", parameter_overrides=[Parameter("start_type_description_service", value=False)])
    assert not [service for service in node.services if "get_type_description" in service.srv_name]
