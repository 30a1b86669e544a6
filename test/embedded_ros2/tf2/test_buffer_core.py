# SPDX-License-Identifier: Apache-2.0
"""Lookups in the transform buffer: composition, interpolation, and why a lookup fails."""

import math

import numpy as np
import pytest
from geometry_msgs.msg import TransformStamped
from scipy.spatial.transform import Rotation, Slerp

from rclpy.duration import Duration
from rclpy.time import Time
from tf2_py import (
    BufferCore,
    ConnectivityException,
    ExtrapolationException,
    InvalidArgumentException,
    LookupException,
)

NEWEST = Time()


def transform(parent, child, stamp_s=0.0, translation=(0.0, 0.0, 0.0), rotation=(0.0, 0.0, 0.0, 1.0)):
    message = TransformStamped()
    message.header.frame_id, message.child_frame_id = parent, child
    message.header.stamp = Time(nanoseconds=round(stamp_s * 1e9)).to_msg()
    t, r = message.transform.translation, message.transform.rotation
    t.x, t.y, t.z = map(float, translation)
    r.x, r.y, r.z, r.w = map(float, rotation)
    return message


def at(seconds):
    return Time(nanoseconds=round(seconds * 1e9))


def matrix(message):
    t, r = message.transform.translation, message.transform.rotation
    result = np.eye(4)
    result[:3, :3] = Rotation.from_quat([r.x, r.y, r.z, r.w]).as_matrix()
    result[:3, 3] = t.x, t.y, t.z
    return result


def test_random_chain_equals_the_product_of_matrices():
    rng = np.random.default_rng(1)
    buffer = BufferCore()
    world = {"root": np.eye(4)}
    names = ["root"]
    for number in range(12):
        parent, child = names[rng.integers(len(names))], f"f{number}"
        message = transform(parent, child, 1.0, rng.normal(size=3), Rotation.random(random_state=number).as_quat())
        buffer.set_transform(message, "test")
        world[child] = world[parent] @ matrix(message)
        names.append(child)
    for target in names:
        for source in names:
            expected = np.linalg.inv(world[target]) @ world[source]
            found = buffer.lookup_transform_core(target, source, NEWEST)
            np.testing.assert_allclose(matrix(found), expected, atol=1e-12)
            assert (found.header.frame_id, found.child_frame_id) == (target, source)


def test_between_samples_translation_is_linear_and_rotation_slerped():
    buffer = BufferCore()
    rotations = Rotation.random(2, random_state=3)
    for stamp_s, rotation, x in ((1.0, rotations[0], 0.0), (2.0, rotations[1], 4.0)):
        buffer.set_transform(transform("a", "b", stamp_s, (x, 0, 0), rotation.as_quat()), "test")
    found = buffer.lookup_transform_core("a", "b", at(1.25))
    assert found.transform.translation.x == pytest.approx(1.0)
    np.testing.assert_allclose(matrix(found)[:3, :3], Slerp([1.0, 2.0], rotations)([1.25]).as_matrix()[0], atol=1e-12)


def test_interpolation_takes_the_shorter_arc():
    buffer = BufferCore()
    buffer.set_transform(transform("a", "b", 1.0), "test")
    half = math.radians(20) / 2
    buffer.set_transform(transform("a", "b", 2.0, rotation=(0, 0, -math.sin(half), -math.cos(half))), "test")
    r = buffer.lookup_transform_core("a", "b", at(1.5)).transform.rotation
    assert math.degrees(2 * math.atan2(r.z, r.w)) == pytest.approx(10.0)


def test_newest_is_the_newest_common_time():
    buffer = BufferCore()
    for stamp_s in (1.0, 2.0, 3.0):
        buffer.set_transform(transform("a", "b", stamp_s, (stamp_s, 0, 0)), "test")
    for stamp_s in (1.0, 2.0):
        buffer.set_transform(transform("b", "c", stamp_s), "test")
    found = buffer.lookup_transform_core("a", "c", NEWEST)
    assert found.header.stamp.sec == 2
    assert found.transform.translation.x == 2.0


def test_newest_ignores_what_lies_above_the_common_ancestor():
    buffer = BufferCore()
    buffer.set_transform(transform("world", "base", 1.0), "test")
    for child in ("left", "right"):
        buffer.set_transform(transform("base", child, 5.0), "test")
    assert buffer.lookup_transform_core("left", "right", NEWEST).header.stamp.sec == 5


def test_static_transform_holds_at_every_time():
    buffer = BufferCore()
    buffer.set_transform_static(transform("a", "b", 100.0, (1, 2, 3)), "test")
    assert buffer.lookup_transform_core("a", "b", at(1e6)).transform.translation.z == 3.0


def test_lookup_over_two_times_goes_through_the_fixed_frame():
    buffer = BufferCore()
    for stamp_s in (1.0, 2.0):
        buffer.set_transform(transform("map", "robot", stamp_s, (stamp_s, 0, 0)), "test")
    found = buffer.lookup_transform_full_core("robot", at(2.0), "robot", at(1.0), "map")
    assert found.transform.translation.x == pytest.approx(-1.0)


@pytest.mark.parametrize(
    ("stamp_s", "words"), [(0.5, "into the past"), (9.0, "into the future"), (9.0, r"from frame \[b\] to frame \[a\]")]
)
def test_time_outside_the_buffer_is_refused(stamp_s, words):
    buffer = BufferCore()
    for sample_s in (1.0, 2.0):
        buffer.set_transform(transform("a", "b", sample_s), "test")
    with pytest.raises(ExtrapolationException, match=words):
        buffer.lookup_transform_core("a", "b", at(stamp_s))


def test_single_sample_is_not_extrapolated():
    buffer = BufferCore()
    buffer.set_transform(transform("a", "b", 1.0), "test")
    with pytest.raises(ExtrapolationException, match=r"but only time 1\.000000 is in the buffer"):
        buffer.lookup_transform_core("a", "b", at(2.0))


def test_unknown_frame_names_the_nearest():
    buffer = BufferCore()
    buffer.set_transform(transform("base_link", "tool", 1.0), "test")
    with pytest.raises(LookupException, match=r'"base_lnk".*target_frame does not exist.*base_link'):
        buffer.lookup_transform_core("base_lnk", "tool", NEWEST)


def test_two_trees_are_not_connected():
    buffer = BufferCore()
    buffer.set_transform(transform("a", "b", 1.0), "test")
    buffer.set_transform(transform("c", "d", 1.0), "test")
    with pytest.raises(ConnectivityException, match="not part of the same tree"):
        buffer.lookup_transform_core("b", "d", NEWEST)
    assert buffer.can_transform_core("b", "d", at(1.0))[0] is False


def test_loop_is_found():
    buffer = BufferCore()
    for parent, child in (("a", "b"), ("b", "c"), ("c", "a"), ("x", "y")):
        buffer.set_transform(transform(parent, child, 1.0), "test")
    with pytest.raises(LookupException, match="contains a loop"):
        buffer.lookup_transform_core("x", "a", NEWEST)


@pytest.mark.parametrize(
    "message",
    [
        transform("", "b"),
        transform("a", ""),
        transform("a", "a"),
        transform("a", "b", translation=(math.nan, 0, 0)),
        transform("a", "b", rotation=(0, 0, 0, 0)),
        transform("a", "b", rotation=(0, 0, 1, 1)),
    ],
)
def test_bad_transform_is_refused_and_changes_nothing(message):
    buffer = BufferCore()
    with pytest.raises(InvalidArgumentException):
        buffer.set_transform(message, "test")
    assert buffer.get_frames() == []


def test_history_is_bounded():
    buffer = BufferCore(Duration(seconds=2.0))
    for number in range(1000):
        buffer.set_transform(transform("a", "b", 1.0 + number * 0.1), "test")
    assert len(buffer._tree._caches["b"]._samples) < 150
    assert buffer.set_transform(transform("a", "b", 5.0), "test") is False
    buffer.lookup_transform_core("a", "b", at(99.0))


def test_samples_may_come_out_of_order():
    buffer = BufferCore()
    for stamp_s in (3.0, 1.0, 2.0):
        buffer.set_transform(transform("a", "b", stamp_s, (stamp_s, 0, 0)), "test")
    assert buffer.lookup_transform_core("a", "b", at(1.5)).transform.translation.x == pytest.approx(1.5)


def test_clear_keeps_static_transforms():
    buffer = BufferCore()
    buffer.set_transform(transform("a", "b", 1.0), "test")
    buffer.set_transform_static(transform("b", "c"), "test")
    buffer.clear()
    assert buffer.can_transform_core("b", "c", NEWEST)[0]
    assert not buffer.can_transform_core("a", "b", NEWEST)[0]
