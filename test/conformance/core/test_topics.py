# SPDX-License-Identifier: Apache-2.0
"""Publishing and subscribing."""

import pytest
from sensor_msgs.msg import Image, JointState
from std_msgs.msg import String

from rclpy.duration import Duration
from rclpy.event_handler import PublisherEventCallbacks, SubscriptionEventCallbacks
from rclpy.qos import DurabilityPolicy, QoSPolicyKind, QoSProfile, ReliabilityPolicy
from rclpy.serialization import deserialize_message, serialize_message

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


def test_messages_arrive_in_order(ros):
    node, got = ros.node(), []
    publisher = node.create_publisher(String, "chatter", 20)
    node.create_subscription(String, "chatter", got.append, 20)
    ros.spin_until(lambda: publisher.get_subscription_count() == 1)
    for number in range(10):
        publisher.publish(String(data=str(number)))
    ros.spin_until(lambda: len(got) == 10)
    assert [message.data for message in got] == [str(number) for number in range(10)]


def test_large_image_arrives_unchanged(ros):
    node, got = ros.node(), []
    publisher = node.create_publisher(Image, "image", 1)
    node.create_subscription(Image, "image", got.append, 1)
    ros.spin_until(lambda: publisher.get_subscription_count() == 1)
    sent = Image(height=480, width=640, step=1920, encoding="rgb8", data=bytes(range(256)) * 3600)
    publisher.publish(sent)
    ros.spin_until(lambda: got)
    assert got == [sent]


def test_late_subscription_gets_the_latched_message(ros):
    node, got = ros.node(), []
    publisher = node.create_publisher(String, "latched", LATCHED)
    publisher.publish(String(data="old"))
    publisher.publish(String(data="new"))
    node.create_subscription(String, "latched", got.append, LATCHED)
    ros.spin_until(lambda: got)
    assert [message.data for message in got] == ["new"]


def test_late_volatile_subscription_gets_only_what_comes_after(ros):
    node, got = ros.node(), []
    publisher = node.create_publisher(String, "latched", LATCHED)
    publisher.publish(String(data="old"))
    node.create_subscription(String, "latched", got.append, 1)
    ros.spin_until(lambda: publisher.get_subscription_count() == 1)
    publisher.publish(String(data="new"))
    ros.spin_until(lambda: got)
    assert [message.data for message in got] == ["new"]


def test_callback_with_two_arguments_gets_the_message_info(ros):
    node, got = ros.node(), []
    publisher = node.create_publisher(String, "chatter", 1)
    node.create_subscription(String, "chatter", lambda message, info: got.append(info), 1)
    ros.spin_until(lambda: publisher.get_subscription_count() == 1)
    publisher.publish(String())
    ros.spin_until(lambda: got)
    assert 0 < got[0]["source_timestamp"] <= got[0]["received_timestamp"]


def test_raw_subscription_gets_the_bytes_of_the_message(ros):
    node, got = ros.node(), []
    publisher = node.create_publisher(JointState, "joints", 1)
    node.create_subscription(JointState, "joints", got.append, 1, raw=True)
    ros.spin_until(lambda: publisher.get_subscription_count() == 1)
    sent = JointState(name=["a"], position=[1.5])
    publisher.publish(serialize_message(sent))
    ros.spin_until(lambda: got)
    assert deserialize_message(got[0], JointState) == sent


def test_publishing_another_type_is_a_type_error(ros):
    publisher = ros.node().create_publisher(String, "chatter", 1)
    with pytest.raises(TypeError):
        publisher.publish(JointState())


def test_incompatible_reliability_is_told_on_both_sides(ros):
    node, offered, requested = ros.node(), [], []
    node.create_publisher(
        String,
        "chatter",
        QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT),
        event_callbacks=PublisherEventCallbacks(incompatible_qos=offered.append),
    )
    node.create_subscription(
        String,
        "chatter",
        lambda message: None,
        QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE),
        event_callbacks=SubscriptionEventCallbacks(incompatible_qos=requested.append),
    )
    ros.spin_until(lambda: offered and requested)
    assert offered[0].last_policy_kind == requested[0].last_policy_kind == QoSPolicyKind.RELIABILITY
    assert offered[0].total_count == 1


# Jazzy deprecates a class that it uses itself here.
@pytest.mark.filterwarnings("ignore:QoSEventHandler is deprecated:DeprecationWarning")
def test_matched_events_count_up_and_down(ros):
    node, events = ros.node(), []
    node.create_publisher(String, "chatter", 1, event_callbacks=PublisherEventCallbacks(matched=events.append))
    subscription = node.create_subscription(String, "chatter", lambda message: None, 1)
    ros.spin_until(lambda: events and events[-1].current_count == 1)
    node.destroy_subscription(subscription)
    ros.spin_until(lambda: events[-1].current_count == 0)
    assert events[-1].current_count_change == -1


def test_missed_deadline_is_told(ros):
    node, missed = ros.node(), []
    qos = QoSProfile(depth=1, deadline=Duration(nanoseconds=50_000_000))
    publisher = node.create_publisher(String, "chatter", qos)
    node.create_subscription(
        String,
        "chatter",
        lambda message: None,
        qos,
        event_callbacks=SubscriptionEventCallbacks(deadline=missed.append),
    )
    ros.spin_until(lambda: publisher.get_subscription_count() == 1)
    publisher.publish(String())
    ros.spin_until(lambda: missed)
    assert missed[0].total_count >= 1


def test_all_acked_after_a_reliable_subscription_took_the_message(ros):
    node, got = ros.node(), []
    publisher = node.create_publisher(String, "chatter", 1)
    node.create_subscription(String, "chatter", got.append, 1)
    ros.spin_until(lambda: publisher.get_subscription_count() == 1)
    publisher.publish(String())
    assert publisher.wait_for_all_acked(Duration(seconds=10))
