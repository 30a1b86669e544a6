# SPDX-License-Identifier: Apache-2.0
"""Homogeneous 4x4 matrices: translation [m], rotation, scale. Quaternions: ``rotations``."""

from __future__ import annotations

import math
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tf_transformations.rotations import euler_from_matrix, euler_matrix, quaternion_about_axis, quaternion_matrix


def identity_matrix() -> NDArray[np.float64]:
    """Return the 4x4 identity."""
    return np.eye(4)


def translation_matrix(direction: ArrayLike) -> NDArray[np.float64]:
    """Return the matrix that moves by a vector ``(3,)``."""
    matrix = np.eye(4)
    matrix[:3, 3] = np.asarray(direction, dtype=float)[:3]
    return matrix


def translation_from_matrix(matrix: ArrayLike) -> NDArray[np.float64]:
    """Return the translation ``(3,)`` of a matrix."""
    return np.asarray(matrix, dtype=float)[:3, 3].copy()


def rotation_matrix(angle: float, direction: ArrayLike, point: ArrayLike | None = None) -> NDArray[np.float64]:
    """Return the rotation by an angle [rad] about an axis through ``point``, or through the origin."""
    matrix = quaternion_matrix(quaternion_about_axis(angle, np.asarray(direction, dtype=float)[:3]))
    if point is not None:
        centre = np.asarray(point, dtype=float)[:3]
        matrix[:3, 3] = centre - matrix[:3, :3] @ centre
    return matrix


def rotation_from_matrix(matrix: ArrayLike) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Return angle [rad], unit axis ``(3,)`` and a point ``(4,)`` on the axis of a rotation matrix."""
    m = np.asarray(matrix, dtype=float)
    rotation = m[:3, :3]
    # The axis spans the null space of R - I: the last right singular vector.
    direction = np.linalg.svd(rotation - np.eye(3))[2][-1]
    skew = np.array([rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1]])
    angle = math.atan2(float(skew @ direction), float(np.trace(rotation)) - 1.0)
    point = np.linalg.lstsq(np.eye(3) - rotation, m[:3, 3], rcond=None)[0]
    return angle, direction, np.append(point, 1.0)


def concatenate_matrices(*matrices: ArrayLike) -> NDArray[np.float64]:
    """Return the product of matrices, the last applied first."""
    return reduce(np.matmul, matrices, np.eye(4))


def inverse_matrix(matrix: ArrayLike) -> NDArray[np.float64]:
    """Return the inverse of a square matrix; ``LinAlgError`` when it is singular."""
    return np.linalg.inv(matrix)


def compose_matrix(
    scale: ArrayLike | None = None, angles: ArrayLike | None = None, translate: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Return ``translation @ rotation @ scale``; angles [rad] about the static axes x, y, z."""
    matrix = translation_matrix((0.0, 0.0, 0.0) if translate is None else translate)
    if angles is not None:
        matrix = matrix @ euler_matrix(*np.asarray(angles, dtype=float))
    if scale is not None:
        matrix = matrix @ np.diag([*np.asarray(scale, dtype=float), 1.0])
    return matrix


def decompose_matrix(
    matrix: ArrayLike,
) -> tuple[NDArray[np.float64], tuple[float, float, float], NDArray[np.float64]]:
    """Return scale ``(3,)``, angles [rad] and translation ``(3,)``; the inverse of :func:`compose_matrix`.

    Raises:
        ValueError: The matrix shears or flattens.
    """
    m = np.asarray(matrix, dtype=float)
    scale = np.linalg.norm(m[:3, :3], axis=0)
    if np.any(scale < np.finfo(float).eps):
        raise ValueError("the matrix is singular")
    if np.linalg.det(m[:3, :3]) < 0:
        scale = -scale
    rotation = m[:3, :3] / scale
    if not np.allclose(rotation.T @ rotation, np.eye(3), atol=1e-6):
        raise ValueError("the matrix shears; only scale, rotation and translation can be told apart")
    return scale, euler_from_matrix(rotation), m[:3, 3].copy()


def unit_vector(data: ArrayLike, axis: int | None = None) -> NDArray[np.float64]:
    """Return vectors divided by their length, along ``axis`` if given."""
    vectors = np.asarray(data, dtype=float)
    return vectors / np.linalg.norm(vectors, axis=axis, keepdims=axis is not None)


def vector_norm(data: ArrayLike, axis: int | None = None) -> NDArray[np.float64] | np.floating:
    """Return the length of vectors, along ``axis`` if given."""
    return np.linalg.norm(np.asarray(data, dtype=float), axis=axis)
