# SPDX-License-Identifier: Apache-2.0
"""Transforms come back, and say what scipy and the definitions say."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vla_ros.errors import ConfigError, VlaError
from vla_ros.policy.normalisation import AffineNormaliser, normaliser
from vla_ros.policy.transforms import (
    ArmAndGripper,
    Chain,
    DeltaJoints,
    DeltaPose,
    GripperScale,
    NormaliseActions,
    NormaliseImage,
    Origin,
    PoseFormat,
    RelativeJoints,
    RelativePose,
    ResizeWithPad,
    StateVector,
    ToolYawFrame,
)
from vla_ros.types import Observation

RNG = np.random.default_rng(3)


def poses(count):
    rotations = Rotation.random(count, random_state=4).as_quat()
    rotations *= np.sign(rotations[:, 3:])
    return np.concatenate([RNG.normal(size=(count, 3)), rotations], axis=1)


POSES, JOINTS = poses(12), RNG.normal(size=(12, 7))
ORIGIN = Origin(joints=RNG.normal(size=7), pose=poses(3)[2])
_YAWS = np.stack([RNG.normal(size=12), np.full(12, np.pi)], axis=1)
DOWN = np.column_stack([POSES[:, :3], Rotation.from_euler("ZX", _YAWS).as_quat()])
FORMATS = ("quaternion_xyzw", "quaternion_wxyz", "rotation_vector", "rpy", "rot6d", "matrix")
NORMALISER = AffineNormaliser(np.arange(7.0), np.linspace(0.5, 2.0, 7), np.arange(7) != 3)


@pytest.mark.parametrize(
    ("transform", "rows"),
    [
        (RelativeJoints(), JOINTS),
        (RelativeJoints(np.arange(7) < 5), JOINTS),
        (DeltaJoints(), JOINTS),
        (NormaliseActions(NORMALISER), JOINTS),
        (NormaliseActions(AffineNormaliser(JOINTS * 0.1, np.abs(JOINTS) + 0.1, np.ones((12, 7), bool))), JOINTS),
        *[(PoseFormat(name), POSES) for name in FORMATS],
        *[(kind(frame), POSES) for kind in (RelativePose, DeltaPose) for frame in ("tool", "base")],
        (ToolYawFrame(), DOWN),
        (GripperScale(-1.0, 1.0, 0.08), np.linspace(0.0, 0.08, 12)[:, None]),
        (ArmAndGripper(Chain((RelativePose(), PoseFormat("rot6d"))), Chain((GripperScale(1.0, 0.0, 0.08),))),
         np.column_stack([POSES, np.linspace(0.0, 0.08, 12)])),
    ],
)  # fmt: skip
def test_transform_comes_back(transform, rows):
    back = transform.inverse(transform(rows, ORIGIN), ORIGIN)
    if rows is DOWN:  # a quaternion and its negative are one rotation
        back[:, 3:] *= np.sign(np.sum(back[:, 3:] * rows[:, 3:], axis=1, keepdims=True))
    np.testing.assert_allclose(back, rows, atol=1e-9)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rotation_vector", lambda r: r.as_rotvec()),
        ("rpy", lambda r: r.as_euler("xyz")),
        ("rot6d", lambda r: np.concatenate([r.as_matrix()[..., 0], r.as_matrix()[..., 1]], axis=-1)),
        ("matrix", lambda r: r.as_matrix().reshape(-1, 9)),
    ],
)
def test_rotation_formats_are_those_of_scipy(name, expected):
    np.testing.assert_allclose(
        PoseFormat(name)(POSES, ORIGIN)[:, 3:], expected(Rotation.from_quat(POSES[:, 3:])), atol=1e-9
    )


def test_roll_pitch_yaw_at_the_pole_is_the_same_rotation():
    rotation = Rotation.from_euler("xyz", [[0.3, np.pi / 2, 0.7], [0.3, -np.pi / 2, 0.7]])
    rows = np.column_stack([np.zeros((2, 3)), rotation.as_quat()])
    back = PoseFormat("rpy").inverse(PoseFormat("rpy")(rows, ORIGIN), ORIGIN)
    assert (Rotation.from_quat(back[:, 3:]) * rotation.inv()).magnitude().max() < 1e-6


def test_relative_pose_is_the_homogeneous_product():
    def homogeneous(row):
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = Rotation.from_quat(row[3:]).as_matrix(), row[:3]
        return matrix

    relative = RelativePose("tool")(POSES, ORIGIN)
    expected = np.linalg.inv(homogeneous(ORIGIN.pose)) @ homogeneous(POSES[5])
    np.testing.assert_allclose(homogeneous(relative[5]), expected, atol=1e-9)


def test_yaw_frame_turns_with_the_tool():
    quarter = Rotation.from_euler("ZX", [np.pi / 2, np.pi])
    origin = Origin(pose=np.array([0.4, 0.0, 0.2, *quarter.as_quat()]))
    forward = ToolYawFrame().inverse(np.array([[0.1, 0.0, 0.0, 0.0]]), origin)
    np.testing.assert_allclose(forward[0, :3], [0.4, 0.1, 0.2], atol=1e-12)
    assert (Rotation.from_quat(forward[0, 3:]) * quarter.inv()).magnitude() < 1e-9


def test_delta_joints_add_up_and_relative_joints_do_not():
    rows = np.full((3, 7), 0.1)
    origin = Origin(joints=np.zeros(7))
    np.testing.assert_allclose(DeltaJoints().inverse(rows, origin)[:, 0], [0.1, 0.2, 0.3])
    np.testing.assert_allclose(RelativeJoints().inverse(rows, origin)[:, 0], [0.1, 0.1, 0.1])


def test_binary_gripper_decides_and_stays_within_its_range():
    droid = GripperScale(closed=1.0, open=0.0, largest_m=0.08, binary=True)
    np.testing.assert_allclose(
        droid.inverse(np.array([[-0.4], [0.2], [0.8], [3.0]]), ORIGIN)[:, 0], [0.08, 0.08, 0.0, 0.0]
    )


def test_degenerate_rotation_is_refused():
    with pytest.raises(VlaError, match="degenerate"):
        PoseFormat("rot6d").inverse(np.zeros((1, 9)), ORIGIN)
    with pytest.raises(VlaError, match="have 6 columns, got 7"):
        PoseFormat("rotation_vector").inverse(POSES, ORIGIN)
    with pytest.raises(ConfigError, match="Did you mean 'rot6d'"):
        PoseFormat("rot6")


def test_resized_image_keeps_its_shape_and_points_come_back():
    image = np.zeros((48, 64, 3), np.uint8)
    image[12:18, 40:46] = 255
    resize = ResizeWithPad(96, 96)
    out = resize(image)
    v, u = np.argwhere(out[..., 0] > 127).mean(axis=0)
    np.testing.assert_allclose(resize.point(np.array([[42.5, 14.5]]), image.shape)[0], [u, v], atol=1.0)
    points = RNG.uniform(0, 40, (5, 2))
    np.testing.assert_allclose(resize.inverse(resize.point(points, image.shape), image.shape), points)
    assert (out[:12] == 0).all(), "what the image does not cover is black"
    square = RNG.integers(0, 255, (96, 96, 3), np.uint8)
    assert resize(square) is square


def test_normalised_image_comes_back_and_spans_minus_one_to_one():
    image = RNG.integers(0, 256, (8, 9, 3)).astype(np.uint8)
    normalise = NormaliseImage()
    values = normalise(image)
    assert values.shape == (3, 8, 9)
    assert values.min() >= -1.0 and values.max() <= 1.0
    np.testing.assert_array_equal(normalise.inverse(values), image)


def test_state_is_picked_by_name():
    observation = Observation(0, {}, {}, ("a", "b", "c"), np.array([1.0, 2.0, 3.0]))
    vector = StateVector(("c", "a"), AffineNormaliser(np.array([1.0, 0.0]), np.array([2.0, 1.0]), np.ones(2, bool)))
    np.testing.assert_allclose(vector(observation), [1.0, 1.0])
    assert vector.inverse(vector(observation)) == {"c": 3.0, "a": 1.0}
    with pytest.raises(VlaError, match="has no state 'd'"):
        StateVector(("d",))(observation)


@pytest.mark.parametrize(("kind", "low", "high"), [("min_max", "min", "max"), ("quantiles", "q01", "q99")])
def test_ranges_map_to_minus_one_and_one(kind, low, high):
    statistics = {low: np.array([-2.0, 1.0]), high: np.array([4.0, 1.5])}
    chosen = normaliser(kind, statistics, epsilon=0.0)
    np.testing.assert_allclose(chosen.normalise(statistics[low]), -1.0)
    np.testing.assert_allclose(chosen.normalise(statistics[high]), 1.0)
    # openpi: (x - q01) / (q99 - q01 + 1e-6) * 2 - 1
    value, openpi = np.array([0.3, 1.2]), normaliser(kind, statistics, epsilon=1e-6)
    expected = (value - statistics[low]) / (statistics[high] - statistics[low] + 1e-6) * 2.0 - 1.0
    np.testing.assert_allclose(openpi.normalise(value), expected, atol=1e-12)


def test_mean_std_is_openpis_and_missing_statistics_are_named():
    statistics = {"mean": np.array([1.0]), "std": np.array([2.0])}
    np.testing.assert_allclose(
        normaliser("mean_std", statistics, epsilon=1e-6).normalise(np.array([4.0])), 3.0 / (2.0 + 1e-6)
    )
    with pytest.raises(ConfigError, match="needs the statistic 'q01'"):
        normaliser("quantiles", statistics)
    with pytest.raises(ConfigError, match="Did you mean 'mean_std'"):
        normaliser("mean_sd", statistics)
