# SPDX-License-Identifier: Apache-2.0
"""Publication of a node's log on /rosout."""

import pytest
from rcl_interfaces.msg import Log

from rclpy.qos import DurabilityPolicy, QoSProfile


@pytest.fixture
def heard(make_node):
    """Return the list of messages that come on /rosout, by logger name."""
    messages = []
    listener = make_node("listener", enable_rosout=False)
    qos = QoSProfile(depth=1000, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    listener.create_subscription(Log, "/rosout", messages.append, qos)
    return messages


def test_log_is_published_with_level_and_place(make_node, heard, wait_for):
    make_node("talker", namespace="/ns").get_logger().warning("careful")
    wait_for(lambda: any(item.msg == "careful" for item in heard), "the log message")
    log = next(item for item in heard if item.msg == "careful")
    assert (log.name, log.level, log.function) == ("ns.talker", 30, "test_log_is_published_with_level_and_place")
    assert log.file.endswith("test_rosout.py")
    assert log.stamp.sec > 0


def test_child_logger_publishes_too(make_node, heard, wait_for):
    make_node("talker").get_logger().get_child("arm").error("hot")
    wait_for(lambda: any((item.name, item.msg) == ("talker.arm", "hot") for item in heard), "the log message")


def test_message_below_the_level_is_not_published(make_node, heard, wait_for):
    logger = make_node("talker").get_logger()
    logger.debug("silent")
    logger.info("loud")
    wait_for(lambda: any(item.msg == "loud" for item in heard), "the log message")
    assert not any(item.msg == "silent" for item in heard)


def test_node_without_rosout_publishes_nothing(make_node, heard, wait_for):
    make_node("mute", enable_rosout=False).get_logger().info("alone")
    make_node("talker").get_logger().info("heard")
    wait_for(lambda: any(item.msg == "heard" for item in heard), "the log message")
    assert not any(item.msg == "alone" for item in heard)
