# SPDX-License-Identifier: Apache-2.0
"""Raw rotations of networks become rotations, and degenerate ones are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from vla_safety.rotations import DegenerateRotationError, interpolate_rotations, rotation_vectors, rotations_from_rows


def is_rotation(matrices: np.ndarray) -> bool:
    product = np.swapaxes(matrices, 1, 2) @ matrices
    return bool(np.allclose(product, np.eye(3), atol=1e-9) and np.allclose(np.linalg.det(matrices), 1.0))


@given(st.lists(st.floats(-3, 3), min_size=3, max_size=3))
def test_rotation_vectors_agree_with_scipy(vector: list[float]) -> None:
    rows = np.array([vector])
    assert np.allclose(rotations_from_rows(rows), Rotation.from_rotvec(rows).as_matrix(), atol=1e-12)


def test_quaternions_of_any_length_agree_with_scipy() -> None:
    rows = np.random.default_rng(0).normal(0, 3, (50, 4))
    assert np.allclose(rotations_from_rows(rows), Rotation.from_quat(rows).as_matrix())


@given(st.lists(st.floats(-2, 2), min_size=6, max_size=6))
def test_two_columns_become_a_rotation_or_are_refused(columns: list[float]) -> None:
    rows = np.array([columns])
    try:
        matrices = rotations_from_rows(rows)
    except DegenerateRotationError:
        across = np.linalg.norm(np.cross(rows[0, :3], rows[0, 3:]))
        length = np.linalg.norm(rows[0, :3])
        assert length < 1.1e-3 or across / max(length, 1e-9) < 1.1e-3
        return
    assert is_rotation(matrices)
    assert np.allclose(matrices[0, :, 0], rows[0, :3] / np.linalg.norm(rows[0, :3]))


def test_matrices_go_to_the_nearest_rotation() -> None:
    random = np.random.default_rng(1)
    exact = Rotation.random(50, random_state=2).as_matrix()
    noisy = exact + random.normal(0, 0.05, exact.shape)
    projected = rotations_from_rows(noisy.reshape(-1, 9))
    assert is_rotation(projected)
    for _ in range(20):
        other = Rotation.from_rotvec(random.normal(0, 0.05, (50, 3))).as_matrix() @ projected
        distance = np.linalg.norm(projected - noisy, axis=(1, 2))
        assert np.all(distance <= np.linalg.norm(other - noisy, axis=(1, 2)) + 1e-12)


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (np.zeros(4), "zero"),
        (np.zeros(6), "first column"),
        (np.array([1.0, 0, 0, 2.0, 0, 0]), "parallel"),
        (np.zeros(9), "unique"),
        (np.diag([1.0, 1.0, -1.0]).ravel(), "unique"),
        (np.zeros(5), "width 5"),
    ],
)
def test_degenerate_rotations_are_refused_by_name(row: np.ndarray, word: str) -> None:
    with pytest.raises(DegenerateRotationError, match=word):
        rotations_from_rows(row[None])


def test_interpolation_turns_evenly_and_keeps_the_rows() -> None:
    rotations = Rotation.from_rotvec([[0, 0, 0], [0, 0, 1.0], [0.5, 0, 1.0]]).as_matrix()
    between = interpolate_rotations(rotations, 4)
    assert between.shape == (9, 3, 3)
    assert np.allclose(between[::4], rotations)
    angles = np.linalg.norm(rotation_vectors(np.swapaxes(between[:-1], 1, 2) @ between[1:]), axis=1)
    assert np.allclose(angles[:4], 0.25)
    assert np.allclose(angles[4:], angles[4])
    assert interpolate_rotations(rotations, 1) is rotations
    assert len(interpolate_rotations(rotations[:1], 4)) == 1


def test_half_a_turn_has_a_rotation_vector() -> None:
    vectors = rotation_vectors(Rotation.from_rotvec([[np.pi, 0, 0], [0, 0, np.pi]]).as_matrix())
    assert np.allclose(np.abs(vectors), [[np.pi, 0, 0], [0, 0, np.pi]], atol=1e-6)
