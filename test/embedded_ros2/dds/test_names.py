# SPDX-License-Identifier: Apache-2.0
"""Names on DDS."""

import pytest

from embedded_ros2.dds import names


def test_topic_and_back():
    assert names.topic("/a/b") == "rt/a/b"
    assert names.ros_topic("rt/a/b") == "/a/b"
    assert names.topic("/a/b", avoid_ros_namespace_conventions=True) == "/a/b"


def test_service_and_back():
    assert names.request_topic("/add") == "rq/addRequest"
    assert names.reply_topic("/add") == "rr/addReply"
    assert names.ros_service("rq/addRequest") == names.ros_service("rr/addReply") == "/add"
    assert names.ros_reply_service("rq/addRequest") is None


@pytest.mark.parametrize("other", ["ros_discovery_info", "rtfoo", "rq/add", "DCPSTopic"])
def test_other_topics_carry_no_ros_name(other):
    assert names.ros_topic(other) is None
    assert names.ros_service(other) is None


def test_type_names():
    assert names.ros_type("std_msgs::msg::dds_::String_") == "std_msgs/msg/String"
    assert names.ros_service_type("std_srvs::srv::dds_::Empty_Request_") == "std_srvs/srv/Empty"
    assert names.ros_type("Some::Type") == "Some::Type"
