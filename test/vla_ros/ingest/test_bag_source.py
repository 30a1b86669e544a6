# SPDX-License-Identifier: Apache-2.0
"""Bags of the real rosbag2 go through the same ingestion, whatever their storage."""

from pathlib import Path

import numpy as np
import pytest

from vla_ros.contract import load_contract
from vla_ros.ingest import BagError, bag_messages, bag_observations
from vla_ros.types import Observation

BAGS = Path(__file__).parents[2] / "data" / "bags"
STORAGES = ("bag_mcap", "bag_mcap_zstd", "bag_sqlite3")
CONTRACT = """
name: recorded
timing: {rate_hz: 10.0, pace: image.scene, max_wait_s: 0.05}
frames: {base: base, tool: tool}
joints:
  names: [fr3_joint1, fr3_joint2, fr3_joint3, fr3_joint4, fr3_joint5, fr3_joint6, fr3_joint7]
  lower_rad: [-3, -3, -3, -3, -3, -3, -3]
  upper_rad: [3, 3, 3, 3, 3, 3, 3]
  velocity_rad_s: [2, 2, 2, 2, 2, 2, 2]
streams:
  image.scene: {topic: scene/image_raw, type: sensor_msgs/msg/Image, alignment: nearest, max_age_s: 0.2,
                max_skew_s: 0.02, image: {width: 32, height: 32}}
  image.wrist: {topic: wrist/image_raw, type: sensor_msgs/msg/Image, alignment: nearest, max_age_s: 0.2,
                max_skew_s: 0.02, image: {width: 64, height: 48}}
  joints: {topic: joint_states, type: sensor_msgs/msg/JointState, alignment: asof, max_age_s: 0.1, max_skew_s: 0.02,
           joints: {}}
  tool: {topic: /tf, type: tf2_msgs/msg/TFMessage, alignment: asof, max_age_s: 0.1, max_skew_s: 0.02,
         pose: {parent: base, child: tool}}
  wrench: {topic: wrench, type: geometry_msgs/msg/WrenchStamped, alignment: hold, max_age_s: 0.1, wrench: {frame: tool}}
action: {space: joint_position, rate_hz: 10.0}
controller: {type: jtc, command_topic: arm/joint_trajectory}
"""


@pytest.fixture(scope="module")
def contract():
    return load_contract(CONTRACT)


@pytest.fixture(scope="module")
def lenient():
    """The recorded wrench has no frame: it is refused by name unless the contract does without it."""
    text = "\n".join(line for line in CONTRACT.splitlines() if "wrench" not in line)
    return load_contract(text)


def test_recorded_wrench_without_frame_is_refused_by_name(contract):
    results = list(bag_observations(BAGS / "bag_mcap", contract))
    assert results
    assert all("wrench is malformed: it is given in frame '', expected 'tool'" in r.reason for r in results)


@pytest.mark.parametrize("storage", STORAGES)
def test_every_frame_of_the_bag_becomes_an_observation(lenient, storage):
    results = list(bag_observations(BAGS / storage, lenient))
    made = [result for result in results if isinstance(result, Observation)]
    frames = [m for m in bag_messages(BAGS / storage, lenient) if m.route.key == "image.scene"]
    assert len(results) == len(frames) > 40
    assert len(made) >= len(frames) - 5  # at its ends the recording lacks other streams
    first = made[0]
    assert first.images["image.scene"].shape == (32, 32, 3)
    assert first.state_names == (*(f"fr3_joint{i}.position" for i in range(1, 8)), *lenient.stream("tool").state_names)
    assert np.isfinite(first.state).all()
    assert first.skew_ns < 20_000_000


def test_joint_order_of_the_message_does_not_matter(lenient):
    """The recording changes its joint order now and then; each value follows its name."""
    messages = [m.message for m in bag_messages(BAGS / "bag_mcap", lenient) if m.route.key == "joints"]
    orders = {tuple(message.name) for message in messages}
    assert len(orders) > 1
    by_stamp = {
        (m.header.stamp.sec, m.header.stamp.nanosec): dict(zip(m.name, m.position, strict=True)) for m in messages
    }
    samples = list(by_stamp.values())
    for observation in bag_observations(BAGS / "bag_mcap", lenient):
        if isinstance(observation, Observation):
            given = dict(zip(lenient.joints.names, observation.state[:7], strict=True))
            assert given in samples


def test_given_reference_times_give_the_same_observations(lenient):
    paced = [r for r in bag_observations(BAGS / "bag_mcap", lenient) if isinstance(r, Observation)]
    given = list(bag_observations(BAGS / "bag_mcap", lenient, [observation.stamp_ns for observation in paced]))
    assert len(given) == len(paced)
    for one, other in zip(paced, given, strict=True):
        assert one.image_stamps_ns == other.image_stamps_ns
        np.testing.assert_array_equal(one.state, other.state)
        for key, image in one.images.items():
            np.testing.assert_array_equal(image, other.images[key])


def test_two_runs_are_equal_bit_for_bit(lenient):
    runs = [[o for o in bag_observations(BAGS / "bag_mcap", lenient) if isinstance(o, Observation)] for _ in range(2)]
    for one, other in zip(*runs, strict=True):
        assert one.state.tobytes() == other.state.tobytes()
        assert one.streams == other.streams
        assert {k: v.tobytes() for k, v in one.images.items()} == {k: v.tobytes() for k, v in other.images.items()}


def test_missing_topic_and_missing_bag_are_named(lenient, tmp_path):
    with pytest.raises(
        BagError, match=r"has no topic '/left/scene/image_raw' for stream 'image\.scene'\. Did you mean"
    ):
        list(bag_observations(BAGS / "bag_mcap", lenient, namespace="/left"))
    with pytest.raises(BagError, match="cannot be read"):
        list(bag_observations(tmp_path / "nothing", lenient))
