# SPDX-License-Identifier: Apache-2.0
"""Rotations against scipy, and what determines no rotation is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from vla_ros.errors import VlaError
from vla_ros.policy.rotation import (
    matrix_from_quaternion,
    matrix_from_rot6d,
    matrix_from_rotation_vector,
    project_to_so3,
    quaternion_from_matrix,
    rot6d_from_matrix,
    rotation_vector_from_matrix,
)

ROTATIONS = Rotation.random(200, random_state=8)


def test_conversions_are_those_of_scipy():
    matrices = ROTATIONS.as_matrix()
    quaternion = ROTATIONS.as_quat(canonical=True)
    np.testing.assert_allclose(matrix_from_quaternion(3.0 * quaternion), matrices, atol=1e-12)
    np.testing.assert_allclose(quaternion_from_matrix(matrices), quaternion, atol=1e-12)
    np.testing.assert_allclose(matrix_from_rotation_vector(ROTATIONS.as_rotvec()), matrices, atol=1e-12)
    np.testing.assert_allclose(rotation_vector_from_matrix(matrices), ROTATIONS.as_rotvec(), atol=1e-9)
    np.testing.assert_allclose(matrix_from_rot6d(rot6d_from_matrix(matrices)), matrices, atol=1e-12)


@given(st.floats(-8, 0), st.integers(0, 2))
def test_small_and_half_turns_keep_their_precision(exponent, axis):
    for angle in (10.0**exponent, np.pi - 10.0**exponent / 10):
        vector = np.zeros(3)
        vector[axis] = angle
        back = rotation_vector_from_matrix(matrix_from_rotation_vector(vector))
        assert (Rotation.from_rotvec(back) * Rotation.from_rotvec(-vector)).magnitude() < 1e-7


def test_projection_is_the_closest_rotation():
    rng = np.random.default_rng(1)
    noisy = ROTATIONS.as_matrix() + 0.2 * rng.normal(size=(200, 3, 3))
    projected = project_to_so3(noisy)
    np.testing.assert_allclose(
        projected @ np.swapaxes(projected, -1, -2), np.broadcast_to(np.eye(3), (200, 3, 3)), atol=1e-9
    )
    np.testing.assert_allclose(np.linalg.det(projected), 1.0)
    distance = np.linalg.norm(noisy - projected, axis=(1, 2))
    for _ in range(20):
        other = (Rotation.from_rotvec(0.05 * rng.normal(size=(200, 3))) * Rotation.from_matrix(projected)).as_matrix()
        assert (np.linalg.norm(noisy - other, axis=(1, 2)) >= distance - 1e-12).all()


def test_reflection_is_projected_on_a_rotation():
    projected = project_to_so3(np.diag([1.0, 1.0, -0.9]))
    assert np.linalg.det(projected) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: project_to_so3(np.zeros((3, 3))),
        lambda: project_to_so3(np.diag([1.0, 0.0, 0.0])),
        lambda: project_to_so3(np.full((3, 3), np.nan)),
        lambda: matrix_from_quaternion(np.zeros(4)),
        lambda: matrix_from_quaternion(np.array([np.inf, 0, 0, 1])),
        lambda: matrix_from_rot6d(np.array([1.0, 0, 0, 2.0, 0, 0])),
        lambda: matrix_from_rot6d(np.array([0.0, 0, 0, 0, 1, 0])),
    ],
)
def test_what_determines_no_rotation_is_refused(call):
    with pytest.raises(VlaError):
        call()
