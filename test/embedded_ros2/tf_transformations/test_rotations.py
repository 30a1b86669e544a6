# SPDX-License-Identifier: Apache-2.0
"""Rotations against scipy, for every axis convention."""

from itertools import product

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

import tf_transformations as tf

AXES = [
    frame + "".join(axes)
    for frame in "sr"
    for axes in product("xyz", repeat=3)
    if axes[0] != axes[1] and axes[1] != axes[2]
]
RNG = np.random.default_rng(5)


def scipy_rotation(angles, axes):
    letters = axes[1:] if axes[0] == "s" else axes[1:].upper()
    return Rotation.from_euler(letters, angles)


@pytest.mark.parametrize("axes", AXES)
def test_euler_angles_equal_those_of_scipy(axes):
    for angles in RNG.uniform(-np.pi, np.pi, (20, 3)):
        expected = scipy_rotation(angles, axes).as_matrix()
        np.testing.assert_allclose(tf.euler_matrix(*angles, axes)[:3, :3], expected, atol=1e-12)


@pytest.mark.parametrize("axes", AXES)
def test_euler_angles_round_trip(axes):
    middles = [0.0, np.pi / 2, -np.pi / 2, np.pi, *RNG.uniform(-np.pi, np.pi, 20)]
    for middle in middles:
        matrix = tf.euler_matrix(0.3, middle, -1.2, axes)
        np.testing.assert_allclose(tf.euler_matrix(*tf.euler_from_matrix(matrix, axes), axes), matrix, atol=1e-7)


def test_quaternion_of_every_rotation_round_trips():
    for rotation in Rotation.random(100, random_state=1):
        matrix = np.eye(4)
        matrix[:3, :3] = rotation.as_matrix()
        quaternion = tf.quaternion_from_matrix(matrix)
        np.testing.assert_allclose(tf.quaternion_matrix(quaternion), matrix, atol=1e-12)
        np.testing.assert_allclose(
            tf.quaternion_multiply(quaternion, tf.quaternion_inverse(quaternion)), [0, 0, 0, 1], atol=1e-12
        )


@pytest.mark.parametrize("axis", range(3))
def test_half_turn_has_a_quaternion(axis):
    quaternion = np.zeros(4)
    quaternion[axis] = 1.0
    np.testing.assert_allclose(
        np.abs(tf.quaternion_from_matrix(tf.quaternion_matrix(quaternion))), quaternion, atol=1e-12
    )


def test_slerp_goes_half_way():
    end = tf.quaternion_about_axis(1.0, (0, 0, 2.0))
    np.testing.assert_allclose(
        tf.quaternion_slerp((0, 0, 0, 1), end, 0.5), tf.quaternion_about_axis(0.5, (0, 0, 1)), atol=1e-12
    )


@pytest.mark.parametrize("axes", ["xyz", "sxxy", "qxyz", "sxy1"])
def test_bad_axes_are_refused(axes):
    with pytest.raises(ValueError, match="axes"):
        tf.euler_matrix(0, 0, 0, axes)


def test_composed_matrix_is_decomposed():
    parts = ((1.0, 2.0, 0.5), (0.1, -0.4, 2.0), (1.0, -2.0, 3.0))
    for found, expected in zip(tf.decompose_matrix(tf.compose_matrix(*parts)), parts, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-12)


def test_angle_and_axis_of_a_rotation_about_a_point_are_found():
    matrix = tf.rotation_matrix(0.7, (1, 2, 3), (0.5, 0.0, -1.0))
    angle, axis, point = tf.rotation_from_matrix(matrix)
    np.testing.assert_allclose(tf.rotation_matrix(angle, axis, point), matrix, atol=1e-9)
