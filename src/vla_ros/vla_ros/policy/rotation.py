# SPDX-License-Identifier: Apache-2.0
"""Rotation formats of policies on SO(3): matrices, unit quaternions (x y z w), rotation vectors, rot6d. Pure numpy.

Every function takes a leading batch shape ``(...)``. What a network emits is projected onto SO(3) first; an input that
determines no rotation raises.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vla_ros.errors import VlaError

__all__ = [
    "matrix_from_quaternion",
    "matrix_from_rot6d",
    "matrix_from_rotation_vector",
    "project_to_so3",
    "quaternion_from_matrix",
    "rot6d_from_matrix",
    "rotation_vector_from_matrix",
]

Array = npt.NDArray[np.float64]

# Below this the direction of a vector is noise: 1e-6 of the unit columns that a rotation has.
DEGENERATE = 1e-6


def project_to_so3(matrix: Array) -> Array:
    """Return the rotation closest to ``matrix`` ``(..., 3, 3)`` in the Frobenius norm (Kabsch 1976).

    Raises:
        VlaError: the matrix is not finite or of rank below 2, so no closest rotation is determined.
    """
    if not np.isfinite(matrix).all():
        raise VlaError("a rotation matrix has a value that is not finite")
    left, singular, right = np.linalg.svd(matrix)
    if (singular[..., 1] < DEGENERATE).any():
        raise VlaError("a rotation matrix is degenerate: its columns do not span a plane")
    sign = np.linalg.det(left @ right)
    left = np.concatenate([left[..., :2], left[..., 2:] * sign[..., None, None]], axis=-1)
    return np.asarray(left @ right)


def matrix_from_rot6d(rot6d: Array) -> Array:
    """Return rotations ``(..., 3, 3)`` of the first two columns ``(..., 6)``, column after column (arXiv 1812.07035).

    Raises:
        VlaError: the two columns are zero or parallel.
    """
    first, second = rot6d[..., :3], rot6d[..., 3:]
    x = _unit(first, "the first column of a rot6d")
    y = _unit(second - np.sum(x * second, axis=-1, keepdims=True) * x, "the second column of a rot6d")
    return np.stack([x, y, np.cross(x, y)], axis=-1)


def rot6d_from_matrix(matrix: Array) -> Array:
    """Return the first two columns ``(..., 6)`` of rotations ``(..., 3, 3)``."""
    return np.concatenate([matrix[..., 0], matrix[..., 1]], axis=-1)


def matrix_from_quaternion(quaternion: Array) -> Array:
    """Return rotations of quaternions ``(..., 4)`` x y z w, normalised here.

    Raises:
        VlaError: a quaternion is zero or not finite.
    """
    x, y, z, w = np.moveaxis(_unit(quaternion, "a quaternion"), -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def quaternion_from_matrix(matrix: Array) -> Array:
    """Return unit quaternions ``(..., 4)`` x y z w with ``w >= 0`` (Shepperd 1978: divide by the largest component)."""
    m = matrix
    trace = m[..., 0, 0] + m[..., 1, 1] + m[..., 2, 2]
    squares = np.stack([m[..., 0, 0], m[..., 1, 1], m[..., 2, 2], trace], axis=-1)
    choice = np.argmax(squares, axis=-1)
    x_y, x_z, y_z = m[..., 1, 0] + m[..., 0, 1], m[..., 0, 2] + m[..., 2, 0], m[..., 2, 1] + m[..., 1, 2]
    w_x, w_y, w_z = m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]
    x_x, y_y, z_z = (1 - trace + 2 * squares[..., i] for i in range(3))
    candidates = np.stack(
        [
            np.stack([x_x, x_y, x_z, w_x], axis=-1),
            np.stack([x_y, y_y, y_z, w_y], axis=-1),
            np.stack([x_z, y_z, z_z, w_z], axis=-1),
            np.stack([w_x, w_y, w_z, 1 + trace], axis=-1),
        ],
        axis=-2,
    )
    chosen = np.take_along_axis(candidates, choice[..., None, None], axis=-2)[..., 0, :]
    unit = chosen / np.linalg.norm(chosen, axis=-1, keepdims=True)
    return np.where(unit[..., 3:] < 0.0, -unit, unit)


def matrix_from_rotation_vector(vector: Array) -> Array:
    """Return rotations of rotation vectors ``(..., 3)`` [rad] (Rodrigues)."""
    angle = np.linalg.norm(vector, axis=-1, keepdims=True)
    half = 0.5 * angle
    # sin(x)/x by series near 0: the next term is below 1e-16 for x < 1e-4.
    scale = np.where(angle < 1e-4, 0.5 - angle**2 / 48.0, np.sin(half) / np.where(angle < 1e-4, 1.0, angle))
    return matrix_from_quaternion(np.concatenate([scale * vector, np.cos(half)], axis=-1))


def rotation_vector_from_matrix(matrix: Array) -> Array:
    """Return rotation vectors ``(..., 3)`` [rad] with angles in [0, pi]."""
    quaternion = quaternion_from_matrix(matrix)
    sine = np.linalg.norm(quaternion[..., :3], axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(sine, quaternion[..., 3:])
    return np.where(sine < 1e-12, 2.0, angle / np.where(sine < 1e-12, 1.0, sine)) * quaternion[..., :3]


def _unit(vector: Array, what: str) -> Array:
    norm = np.linalg.norm(vector, axis=-1, keepdims=True)
    if not (np.isfinite(norm).all() and (norm > DEGENERATE).all()):
        raise VlaError(f"{what} is zero, degenerate or not finite")
    return np.asarray(vector / norm)
