# SPDX-License-Identifier: Apache-2.0
"""Matching of message flows by time; the filters are fed by hand."""

import pytest
from builtin_interfaces.msg import Time as TimeMsg
from sensor_msgs.msg import JointState
from std_msgs.msg import String

from message_filters import ApproximateTimeSynchronizer, Cache, SimpleFilter, TimeSynchronizer
from rclpy.time import Time


def at(stamp_ms):
    message = JointState()
    message.header.stamp = TimeMsg(sec=stamp_ms // 1000, nanosec=stamp_ms % 1000 * 1_000_000)
    return message


def stamp_ms(message):
    return message.header.stamp.sec * 1000 + message.header.stamp.nanosec // 1_000_000


def run(synchronizer, filters, feed):
    sets = []
    synchronizer.registerCallback(lambda *messages: sets.append(tuple(map(stamp_ms, messages))))
    for index, time_ms in feed:
        filters[index].signalMessage(at(time_ms))
    return sets


def test_equal_times_are_matched_whatever_the_order():
    filters = [SimpleFilter(), SimpleFilter()]
    feed = [(0, 10), (0, 20), (1, 20), (1, 10), (1, 30), (0, 30)]
    assert run(TimeSynchronizer(filters, 10), filters, feed) == [(20, 20), (10, 10), (30, 30)]


def test_full_queue_drops_the_oldest():
    filters = [SimpleFilter(), SimpleFilter()]
    feed = [(0, 10), (0, 20), (0, 30), (1, 10), (1, 30)]
    assert run(TimeSynchronizer(filters, 2), filters, feed) == [(30, 30)]


def test_close_times_are_matched_with_the_nearest():
    filters = [SimpleFilter(), SimpleFilter()]
    feed = [(0, 100), (0, 108), (1, 109), (1, 150)]
    assert run(ApproximateTimeSynchronizer(filters, 10, 0.01), filters, feed) == [(108, 109)]


def test_all_of_three_flows_must_be_within_the_slop():
    filters = [SimpleFilter() for _ in range(3)]
    feed = [(0, 100), (1, 109), (2, 118), (0, 112)]
    assert run(ApproximateTimeSynchronizer(filters, 10, 0.01), filters, feed) == [(112, 109, 118)]


def test_no_message_is_used_twice():
    filters = [SimpleFilter(), SimpleFilter()]
    feed = [(0, 100), (1, 101), (1, 102)]
    assert run(ApproximateTimeSynchronizer(filters, 10, 0.01), filters, feed) == [(100, 101)]


def test_message_without_header_needs_permission():
    filters = [SimpleFilter()]
    TimeSynchronizer(filters, 1)
    with pytest.raises(TypeError, match="String has no header"):
        filters[0].signalMessage(String())


def test_cache_keeps_the_newest_in_order_of_time():
    source = SimpleFilter()
    cache = Cache(source, 3)
    for time_ms in (30, 10, 20, 40):
        source.signalMessage(at(time_ms))
    stamps = [stamp_ms(item) for item in cache.getInterval(Time(), Time(seconds=1))]
    assert stamps == [20, 30, 40]
    assert stamp_ms(cache.getElemBeforeTime(Time(nanoseconds=35_000_000))) == 30
    assert stamp_ms(cache.getElemAfterTime(Time(nanoseconds=35_000_000))) == 40
    assert cache.getElemAfterTime(Time(seconds=1)) is None
    assert cache.getOldestTime().nanoseconds == 20_000_000
    assert stamp_ms(cache.getLast()) == 40
