# SPDX-License-Identifier: Apache-2.0
"""Transforms from a broadcaster through the network into a buffer."""

import pytest
from geometry_msgs.msg import PointStamped, PoseStamped, TransformStamped, Vector3Stamped

from rclpy.duration import Duration
from rclpy.time import Time
from tf2_ros import (
    Buffer,
    LookupException,
    StaticTransformBroadcaster,
    TransformBroadcaster,
    TransformListener,
    TypeException,
)

QUARTER_TURN = 2**-0.5


def transform(parent, child, x=0.0, stamp_s=1, *, turned=False):
    message = TransformStamped()
    message.header.frame_id, message.child_frame_id = parent, child
    message.header.stamp.sec = stamp_s
    message.transform.translation.x = x
    if turned:
        message.transform.rotation.z = message.transform.rotation.w = QUARTER_TURN
    return message


@pytest.fixture
def buffer(make_node):
    node = make_node("listener")
    result = Buffer(node=node)
    result.listener = TransformListener(result, node)
    return result


@pytest.fixture
def talker(make_node):
    return make_node("talker")


def test_static_transforms_reach_a_late_listener(talker, make_node, wait_for):
    broadcaster = StaticTransformBroadcaster(talker)
    broadcaster.sendTransform(transform("base", "camera", 1.0))
    broadcaster.sendTransform([transform("camera", "lens", 0.5)])
    node = make_node("late")
    buffer = Buffer(node=node)
    listener = TransformListener(buffer, node)
    wait_for(lambda: buffer.can_transform("base", "lens", Time()), "the transforms")
    assert buffer.lookup_transform("base", "lens", Time()).transform.translation.x == 1.5
    listener.unregister()


def test_lookup_waits_for_a_moving_transform(buffer, talker, wait_for):
    broadcaster = TransformBroadcaster(talker)
    wait_for(lambda: talker.count_subscribers("/tf") >= 1, "the listener")
    talker.create_timer(0.01, lambda: broadcaster.sendTransform(transform("base", "tool", 2.0)))
    found = buffer.lookup_transform("base", "tool", Time(seconds=1), Duration(seconds=30))
    assert found.transform.translation.x == 2.0


def test_wait_for_what_never_comes_ends(buffer):
    with pytest.raises(LookupException, match="base"):
        buffer.lookup_transform("base", "tool", Time(), Duration(nanoseconds=50_000_000))


def test_future_of_a_transform_is_done_when_it_comes(buffer, result_of):
    future = buffer.wait_for_transform_async("base", "tool", Time())
    assert not future.done()
    buffer.set_transform(transform("base", "tool"), "test")
    assert result_of(future)


def test_geometry_messages_are_transformed(buffer):
    pytest.importorskip("tf2_geometry_msgs", reason="this ROS 2 has no tf2_geometry_msgs")
    buffer.set_transform_static(transform("base", "tool", 1.0, turned=True), "test")
    point, vector, pose = PointStamped(), Vector3Stamped(), PoseStamped()
    for message in (point, vector, pose):
        message.header.frame_id = "tool"
    point.point.x = vector.vector.x = pose.pose.position.x = 2.0
    point, vector, pose = (buffer.transform(message, "base") for message in (point, vector, pose))
    assert (point.point.x, point.point.y) == pytest.approx((1.0, 2.0))
    assert (vector.vector.x, vector.vector.y) == pytest.approx((0.0, 2.0))
    assert (pose.pose.position.y, pose.pose.orientation.z) == pytest.approx((2.0, QUARTER_TURN))
    assert pose.header.frame_id == "base"


def test_message_type_that_nobody_registered_is_named(buffer):
    with pytest.raises(TypeException, match="TransformStamped"):
        buffer.transform(TransformStamped(), "base")
