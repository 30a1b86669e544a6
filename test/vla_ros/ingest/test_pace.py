# SPDX-License-Identifier: Apache-2.0
"""Observations come at the pace of one stream, as soon as the others have reached its stamp or the wait is over."""

import pytest

from vla_ros.ingest import Ingestor, Rejection
from vla_ros.types import Observation


class Feed:
    """Pushes messages of the toy contract into an ingestor; milliseconds since the start."""

    def __init__(self, toy):
        self.toy = toy
        self.ingestor = Ingestor(toy.contract())

    def ns(self, at_ms):
        return self.toy.START_NS + round(at_ms * self.toy.MS)

    def image(self, stamp_ms, receive_ms=None):
        receive_ns = self.ns(stamp_ms if receive_ms is None else receive_ms)
        self.ingestor.store(self.ingestor.decode("image", self.toy.image(self.ns(stamp_ms)), receive_ns))

    def joints(self, stamp_ms):
        message = self.toy.joint_state(self.ns(stamp_ms), b=0.2, a=0.1)
        self.ingestor.store(self.ingestor.decode("joints", message, self.ns(stamp_ms)))

    def poll(self, at_ms):
        return self.ingestor.poll(self.ns(at_ms))


@pytest.fixture
def feed(toy):
    return Feed(toy)


def test_observation_waits_for_the_joints_to_reach_the_image(feed):
    feed.joints(95)
    feed.image(100)
    assert feed.poll(101) is None
    feed.joints(105)
    observation = feed.poll(106)
    assert isinstance(observation, Observation)
    assert observation.stamp_ns == feed.ns(100)
    assert observation.skew_ns == feed.toy.MS * 5
    assert feed.poll(107) is None, "one image, one observation"


def test_wait_ends_and_the_observation_is_made_of_what_is_there(feed):
    feed.joints(95)
    feed.image(100)
    assert feed.poll(119) is None
    assert isinstance(feed.poll(120), Observation)


def test_late_joints_are_refused_by_name(feed):
    feed.joints(40)
    feed.image(100)
    result = feed.poll(120)
    assert isinstance(result, Rejection)
    assert (
        result.reason == "joints is skewed: it is 0.060 s from the reference, allowed 0.05 s; gripper is missing: "
        "nothing has arrived on 'hand/joint_states'"
    )


def test_camera_of_twice_the_rate_is_halved(feed):
    made = 0
    for at_ms in range(0, 1000, 10):
        feed.joints(at_ms)
        if at_ms % 50 == 0:
            feed.image(at_ms)
        made += isinstance(feed.poll(at_ms), Observation)
    assert made == 10


def test_jittered_camera_keeps_its_rate(feed):
    made = 0
    for index in range(20):
        at_ms = 100 * index + (-1) ** index * 10
        feed.joints(at_ms)
        feed.image(at_ms)
        made += isinstance(feed.poll(at_ms), Observation)
    assert made == 20


def test_delayed_camera_with_honest_stamps_is_stale(feed):
    feed.joints(100)
    feed.joints(600)
    feed.image(100, receive_ms=600)
    assert "image is stale: its newest sample is 0.500 s old" in feed.poll(600).reason


def test_newest_image_wins_while_waiting(feed):
    feed.joints(95)
    feed.image(100)
    feed.joints(195)
    feed.image(200)
    feed.joints(205)
    assert feed.poll(205).stamp_ns == feed.ns(200)
    assert feed.poll(206) is None


def test_looping_source_starts_afresh(feed):
    for start_ms in (0, 5000, 0):
        feed.joints(start_ms)
        feed.image(start_ms)
        assert feed.poll(start_ms).stamp_ns == feed.ns(start_ms)
    assert feed.ingestor.restarts == 1


def test_a_report_between_two_images_finds_nothing_wrong(feed):
    for index in range(10):
        feed.joints(100 * index - 5)
        feed.image(100 * index, 100 * index + 15)
        feed.joints(100 * index + 15)
        for later_ms in (16, 60, 99):
            reports = feed.ingestor.reports(feed.ns(100 * index + later_ms))[:2]
            assert [report.condition.name for report in reports] == ["OK", "OK"], reports
    ages = {report.key: report.age_ns // feed.toy.MS for report in reports}
    assert ages == {"image": 99, "joints": 84}
