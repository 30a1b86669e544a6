# SPDX-License-Identifier: Apache-2.0
"""The numpy around the network: tool pose from joints, action rows, normalisation, pictures, words."""

import cv2
import numpy as np
import pytest

from vla_ros.contract.streams import Fit, ImageSpec
from vla_ros.errors import PolicyError
from vla_ros.ingest.images import decode_image
from vla_ros.policy.flow.arm import tool_pose, yaw_of
from vla_ros.policy.flow.images import network_images, resized
from vla_ros.policy.flow.processing import Scaling, ToolState, proprioception, tool_rows
from vla_ros.policy.flow.vocabulary import PAD, UNKNOWN, Vocabulary
from vla_ros.policy.rotation import matrix_from_quaternion
from vla_sim.kinematics import Kinematics

HOME = np.array([0.0, -0.35694, 0.0, -2.63707, 0.0, 2.28013, 0.785398])


def test_the_tool_pose_is_that_of_the_simulated_robot():
    kinematics = Kinematics()
    for joints in np.random.default_rng(0).uniform(-1.5, 1.5, (20, 7)):
        expected = kinematics.tool(joints)
        position, rotation = tool_pose(joints)
        np.testing.assert_allclose(position, expected.position, atol=1e-12)
        np.testing.assert_allclose(rotation, expected.rotation, atol=1e-12)


def test_rows_of_no_displacement_are_the_measured_pose():
    _, tool = proprioception(HOME, 0.08)
    position, rotation = tool_pose(HOME)
    rows, widths = tool_rows(np.array([[0.0, 0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0, -1.0]]), tool)
    np.testing.assert_allclose(rows[:, :3], [position, position])
    np.testing.assert_allclose(matrix_from_quaternion(rows[0, 3:]), rotation, atol=1e-5)
    assert widths.tolist() == [0.08, 0.0]


def test_displacements_are_in_the_frame_of_the_hand():
    tool = ToolState(np.array([0.4, 0.1, 0.2]), np.pi / 2)  # forward of the hand is left in the base
    rows, _ = tool_rows(np.array([[0.1, 0.0, -0.05, 0.3, 1.0]]), tool)
    np.testing.assert_allclose(rows[0, :3], [0.4, 0.2, 0.15], atol=1e-12)
    assert yaw_of(matrix_from_quaternion(rows[0, 3:])) == pytest.approx(np.pi / 2 + 0.3)


def test_normalisation_and_its_inverse_cancel():
    rng = np.random.default_rng(1)
    scaling = Scaling(rng.normal(size=(16, 5)), rng.uniform(0.1, 2.0, (16, 5)), rng.normal(size=13), np.ones(13))
    actions = rng.normal(size=(3, 16, 5))
    np.testing.assert_allclose(scaling.physical_actions(scaling.normalised_actions(actions)), actions)


def test_a_scale_that_is_not_positive_is_refused():
    with pytest.raises(PolicyError, match="not positive"):
        Scaling(np.zeros((16, 5)), np.zeros((16, 5)), np.zeros(13), np.ones(13))


@pytest.mark.parametrize("size", [(224, 224), (480, 480)])
def test_a_picture_is_resized_as_ingestion_would(size):
    picture = np.random.default_rng(2).integers(0, 256, (*size, 3), dtype=np.uint8)

    class Message:
        encoding, is_bigendian, height, width, step = "rgb8", 0, *size, 3 * size[1]
        data = picture.tobytes()

    spec = ImageSpec(width=96, height=96, fit=Fit.STRETCH)
    np.testing.assert_array_equal(resized(picture, 96), decode_image(Message, spec))


def test_a_crop_is_cut_before_it_is_resized():
    picture = np.zeros((224, 224, 3), np.uint8)
    picture[112:, 112:] = 255
    assert (resized(picture, 96, (0.5, 0.5, 1.0, 1.0)) == 255).all()
    assert (resized(picture, 96, (0.0, 0.0, 0.5, 0.5)) == 0).all()
    part = picture[56:168, 56:168]
    expected = cv2.resize(part, (96, 96), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(resized(picture, 96, (0.25, 0.25, 0.75, 0.75)), expected)


def test_pictures_reach_the_network_between_minus_one_and_one():
    pixels = np.array([[[[0, 127, 255]]]], np.uint8)
    np.testing.assert_allclose(network_images(pixels).ravel(), [-1.0, -1.0 / 255.0, 1.0], atol=1e-6)


def test_words_that_were_never_trained_are_found():
    vocabulary = Vocabulary.of(["put the red cube in the left bin"], 8)
    assert vocabulary.unknown_in("Put the mauve cube in the LEFT bin, quickly") == ["mauve", "quickly"]
    codes = vocabulary.encode("put the mauve cube")
    assert codes[2] == UNKNOWN
    assert codes[4:].tolist() == [PAD] * 4
