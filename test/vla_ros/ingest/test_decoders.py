# SPDX-License-Identifier: Apache-2.0
"""Joints by name, poses along the frame tree, wrenches; what is malformed is a result and not an error."""

from types import SimpleNamespace

import numpy as np
import pytest

from vla_ros.contract.streams import (
    Alignment,
    ClockSource,
    GripperSpec,
    JointStateSpec,
    PoseSpec,
    StreamSpec,
    WrenchSpec,
)
from vla_ros.ingest import StreamDecoder


def decoder(payload, type_name="sensor_msgs/msg/JointState", clock=ClockSource.HEADER):
    return StreamDecoder(StreamSpec("s", "topic", type_name, payload, Alignment.ASOF, clock, 0.1, 0.1))


def joints():
    return decoder(JointStateSpec(("a", "b"), ("position", "velocity")))


def test_joints_are_reordered_by_name_whatever_order_arrives(toy):
    decode = joints()
    for positions in ({"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 1.0}, {"x": 9.0, "b": 2.0, "y": 8.0, "a": 1.0}):
        arrival = decode(toy.joint_state(toy.START_NS, **positions), 5)
        assert arrival.sample.value == (1.0, 2.0, 10.0, 20.0)
        assert arrival.sample.stamp_ns == toy.START_NS


def test_parts_from_several_publishers_are_as_old_as_the_oldest(toy):
    decode = joints()
    assert decode(toy.joint_state(10, a=1.0), 10).sample is None
    merged = decode(toy.joint_state(12, b=2.0), 12).sample
    assert (merged.stamp_ns, merged.value) == (10, (1.0, 2.0, 10.0, 20.0))
    assert decode(toy.joint_state(14, b=3.0), 14).sample is None, "joint a is still that of 10"
    assert decode(toy.joint_state(16, a=4.0), 16).sample.value == (4.0, 3.0, 40.0, 30.0)


def test_message_about_other_joints_is_not_meant(toy):
    arrival = joints()(toy.joint_state(10, finger=0.1), 10)
    assert arrival.sample is None
    assert arrival.fault == ""


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"velocity": []}, "velocity has 0 values for 2 joints"),
        ({"position": [1.0, float("nan")]}, "position of b is nan"),
        ({"velocity": [float("inf"), 0.0]}, "velocity of a is inf"),
        ({"name": ["a", "a"]}, "a joint is named twice in a, a"),
    ],
)
def test_malformed_joint_state_says_what_is_wrong(toy, change, fault):
    message = toy.joint_state(10, a=1.0, b=2.0)
    vars(message).update(change)
    arrival = joints()(message, 10)
    assert (arrival.sample, arrival.fault) == (None, fault)


def test_gripper_width_is_the_sum_of_its_fingers(toy):
    decode = decoder(GripperSpec(("left", "right")))
    assert decode(toy.joint_state(10, right=0.03, left=0.02), 10).sample.value == (0.05,)


def test_receive_clock_ignores_the_header(toy):
    decode = decoder(JointStateSpec(("a",)), clock=ClockSource.RECEIVE)
    assert decode(toy.joint_state(0, a=1.0), 77).sample.stamp_ns == 77


def tf():
    return decoder(PoseSpec("base", "tool"), "tf2_msgs/msg/TFMessage")


QUARTER_TURN = (0.0, 0.0, np.sqrt(0.5), np.sqrt(0.5))


def test_pose_is_composed_along_the_frame_tree(toy):
    decode = tf()
    mount = SimpleNamespace(transforms=[toy.transform("link", "tool", 0, (1.0, 0.0, 0.0))])
    assert decode(mount, 5, static=True).sample is None
    moving = SimpleNamespace(transforms=[toy.transform("base", "link", 20, (0.0, 0.0, 2.0), QUARTER_TURN)])
    sample = decode(moving, 21).sample
    assert sample.stamp_ns == 20
    np.testing.assert_allclose(sample.value, (0.0, 1.0, 2.0, *QUARTER_TURN), atol=1e-12)


def test_pose_is_as_old_as_its_oldest_moving_transform(toy):
    decode = tf()
    decode(SimpleNamespace(transforms=[toy.transform("base", "link", 20)]), 20)
    assert decode(SimpleNamespace(transforms=[toy.transform("link", "tool", 30)]), 30).sample.stamp_ns == 20
    assert decode(SimpleNamespace(transforms=[toy.transform("link", "tool", 40)]), 40).sample is None


def test_loop_in_the_frame_tree_ends(toy):
    loop = [toy.transform("link", "tool", 10), toy.transform("tool", "link", 10)]
    assert tf()(SimpleNamespace(transforms=loop), 10).sample is None


def test_broken_quaternion_is_named(toy):
    bad = SimpleNamespace(transforms=[toy.transform("base", "tool", 10, rotation=(0.0, 0.0, 0.0, 0.5))])
    assert tf()(bad, 10).fault == "the quaternion of 'tool' has length 0.5, expected 1"


def test_pose_and_wrench_in_another_frame_are_refused(toy):
    pose = decoder(PoseSpec("base", "tool"), "geometry_msgs/msg/PoseStamped")
    position, rotation = toy.vector("xyz", (1.0, 2.0, 3.0)), toy.vector("xyzw", (0.0, 0.0, 0.0, 1.0))
    message = SimpleNamespace(
        header=toy.header(10, "base"), pose=SimpleNamespace(position=position, orientation=rotation)
    )
    assert pose(message, 10).sample.value == (1.0, 2.0, 3.0, 0.0, 0.0, 0.0, 1.0)
    message.header.frame_id = "map"
    assert pose(message, 10).fault == "it is given in frame 'map', expected 'base'"
    wrench = decoder(WrenchSpec("tool"), "geometry_msgs/msg/WrenchStamped")
    message = SimpleNamespace(
        header=toy.header(10, "tool"), wrench=SimpleNamespace(force=position, torque=toy.vector("xyz", (4.0, 5.0, 6.0)))
    )
    assert wrench(message, 10).sample.value == (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
    message.wrench.force.x = float("nan")
    assert wrench(message, 10).fault == "a force or torque is not finite"
