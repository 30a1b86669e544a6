# SPDX-License-Identifier: Apache-2.0
"""What goes into a message comes out of it, also over the wire, and a malformed message is refused by name."""

from pathlib import Path

import numpy as np
import pytest
from vla_msgs.msg import ActionChunk as ActionChunkMessage
from vla_msgs.msg import Observation as ObservationMessage
from vla_msgs.msg import StreamStatus

from rclpy.serialization import deserialize_message, serialize_message
from vla_ros.contract import load_contract
from vla_ros.errors import VlaError
from vla_ros.nodes.conversions import (
    chunk_from_message,
    chunk_to_message,
    observation_from_message,
    observation_to_message,
)
from vla_ros.types import ActionChunk, ActionSpace, Observation, Provenance, StreamCondition, StreamReport

CONTRACT = load_contract(Path(__file__).parents[3] / "config" / "robots" / "franka.yaml")
STAMP_NS = 1_700_000_000_123_456_789


def observation():
    pixels = np.random.default_rng(1).integers(0, 255, (224, 224, 3), np.uint8)
    return Observation(
        stamp_ns=STAMP_NS,
        images={"image.scene": pixels, "image.wrist": pixels[::-1].copy()},
        image_stamps_ns={"image.scene": STAMP_NS, "image.wrist": STAMP_NS - 5},
        state_names=("a.position", "gripper.width"),
        state=np.array([0.1, -0.2]),
        streams=(StreamReport("joints", StreamCondition.STALE, 500_000_000, 30.0, "old"),),
        skew_ns=5_000_000,
        sequence=7,
        contract_hash="abc",
    )


def chunk():
    provenance = Provenance(STAMP_NS - 10, "stub", "hash", 3, 2, 50_000_000, 80_000_000, True, 0.5, 0.25, "blend")
    rows = np.arange(14.0).reshape(2, 7)
    names = CONTRACT.joints.names
    space = ActionSpace.JOINT_POSITION
    return ActionChunk(STAMP_NS, 100_000_000, space, names, rows, np.array([0.04, 0.0]), "", provenance)


def wire(message, message_type):
    return deserialize_message(serialize_message(message), message_type)


def test_observation_survives_the_wire():
    before = observation()
    message = wire(observation_to_message(before, CONTRACT), ObservationMessage)
    assert message.header.frame_id == "fr3_link0"
    assert [image.header.frame_id for image in message.images] == ["scene_optical_frame", "wrist_optical_frame"]
    after = observation_from_message(message)
    for key, image in before.images.items():
        np.testing.assert_array_equal(after.images[key], image)
    np.testing.assert_array_equal(after.state, before.state)
    assert (after.stamp_ns, after.image_stamps_ns, after.streams) == (STAMP_NS, before.image_stamps_ns, before.streams)
    assert (after.sequence, after.contract_hash, after.state_names) == (7, "abc", before.state_names)
    assert after.skew_ns == pytest.approx(before.skew_ns, rel=1e-6)


def test_chunk_survives_the_wire():
    before = chunk()
    after = chunk_from_message(wire(chunk_to_message(before), ActionChunkMessage))
    np.testing.assert_array_equal(after.rows, before.rows)
    np.testing.assert_array_equal(after.gripper_m, before.gripper_m)
    assert (after.stamp_ns, after.period_ns, after.space, after.names) == (STAMP_NS, 100_000_000, 1, before.names)
    assert after.provenance.inference_ns == pytest.approx(before.provenance.inference_ns, rel=1e-6)
    assert (after.provenance.policy_id, after.provenance.epoch, after.provenance.source) == ("stub", 2, "policy")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("rows", 3, "the chunk has 14 values for 3 rows of 7 columns"),
        ("action_space", 9, "the chunk has the unknown action space 9"),
        ("data", [float("nan")] * 14, "the chunk holds a value that is not finite"),
        ("gripper", [0.1], r"the chunk's gripper has shape \(1,\)"),
    ],
)
def test_malformed_chunk_is_refused(field, value, sentence):
    message = chunk_to_message(chunk())
    setattr(message, field, value)
    with pytest.raises(VlaError, match=sentence):
        chunk_from_message(message)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("state", [1.0], "the observation has 1 state values for 2 names"),
        ("state", [1.0, float("inf")], "the observation's state 'gripper.width' is not finite"),
        ("image_keys", ["image.scene"], "the observation has 2 images for 1 keys"),
    ],
)
def test_malformed_observation_is_refused(field, value, sentence):
    message = observation_to_message(observation(), CONTRACT)
    setattr(message, field, value)
    with pytest.raises(VlaError, match=sentence):
        observation_from_message(message)


def test_image_of_the_wrong_size_is_refused():
    message = observation_to_message(observation(), CONTRACT)
    message.images[0].height = 5
    with pytest.raises(VlaError, match=r"the image 'image\.scene' of the observation has 150528 values for a shape of"):
        observation_from_message(message)


@pytest.mark.parametrize(("values", "names"), [(ActionSpace, ActionChunkMessage), (StreamCondition, StreamStatus)])
def test_enumerations_equal_the_constants_of_the_messages(values, names):
    assert {member.name: member.value for member in values} == {
        member.name: getattr(names, member.name) for member in values
    }
