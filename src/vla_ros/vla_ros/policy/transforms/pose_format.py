# SPDX-License-Identifier: Apache-2.0
"""How a model writes a rotation: position and quaternion on this side, position and any format on the model's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.errors import ConfigError, VlaError, unknown_name
from vla_ros.policy.rotation import (
    matrix_from_quaternion,
    matrix_from_rot6d,
    matrix_from_rotation_vector,
    project_to_so3,
    quaternion_from_matrix,
    rot6d_from_matrix,
    rotation_vector_from_matrix,
)
from vla_ros.policy.transforms.action_transform import Origin

__all__ = ["ROTATION_FORMATS", "PoseFormat"]

Array = npt.NDArray[np.float64]


def _matrix_from_rpy(angles: Array) -> Array:
    """Return ``Rz(yaw) Ry(pitch) Rx(roll)`` for angles ``(..., 3)`` [rad] about the fixed axes x, y, z."""
    axes = np.eye(3)
    x, y, z = (matrix_from_rotation_vector(angles[..., i, None] * axes[i]) for i in range(3))
    return z @ y @ x


def _rpy_from_matrix(matrix: Array) -> Array:
    """Return roll, pitch, yaw ``(..., 3)`` [rad]; roll is 0 where pitch is ±90° and only yaw ∓ roll is determined."""
    level = np.hypot(matrix[..., 0, 0], matrix[..., 1, 0])
    pitch = np.arctan2(-matrix[..., 2, 0], level)
    locked = level < 1e-8
    roll = np.where(locked, 0.0, np.arctan2(matrix[..., 2, 1], matrix[..., 2, 2]))
    turned = np.arctan2(-matrix[..., 0, 1], matrix[..., 1, 1])
    yaw = np.where(locked, turned, np.arctan2(matrix[..., 1, 0], matrix[..., 0, 0]))
    return np.stack([roll, pitch, yaw], axis=-1)


def _wxyz_from_matrix(matrix: Array) -> Array:
    return np.roll(quaternion_from_matrix(matrix), 1, axis=-1)


def _matrix_from_wxyz(quaternion: Array) -> Array:
    return matrix_from_quaternion(np.roll(quaternion, -1, axis=-1))


def _flat(matrix: Array) -> Array:
    return matrix.reshape(*matrix.shape[:-2], 9)


def _matrix_from_flat(values: Array) -> Array:
    return project_to_so3(values.reshape(*values.shape[:-1], 3, 3))


# name: (width, from a rotation matrix, to one); what a network emits is projected onto SO(3) on the way back
ROTATION_FORMATS: dict[str, tuple[int, Callable[[Array], Array], Callable[[Array], Array]]] = {
    "quaternion_xyzw": (4, quaternion_from_matrix, matrix_from_quaternion),
    "quaternion_wxyz": (4, _wxyz_from_matrix, _matrix_from_wxyz),
    "rotation_vector": (3, rotation_vector_from_matrix, matrix_from_rotation_vector),
    "rpy": (3, _rpy_from_matrix, _matrix_from_rpy),
    "rot6d": (6, rot6d_from_matrix, matrix_from_rot6d),
    "matrix": (9, _flat, _matrix_from_flat),
}


@dataclass(frozen=True, slots=True)
class PoseFormat:
    """Rows ``x y z qx qy qz qw`` to rows ``x y z`` and a rotation in ``rotation``.

    Attributes:
        rotation: One of ``ROTATION_FORMATS``.
    """

    rotation: str

    def __post_init__(self) -> None:
        if self.rotation not in ROTATION_FORMATS:
            raise ConfigError(unknown_name("rotation format", self.rotation, ROTATION_FORMATS))

    def __call__(self, rows: Array, origin: Origin) -> Array:
        """Return ``(T, 3 + width)``."""
        _, encode, _ = ROTATION_FORMATS[self.rotation]
        return np.concatenate([rows[:, :3], encode(matrix_from_quaternion(rows[:, 3:]))], axis=1)

    def inverse(self, rows: Array, origin: Origin) -> Array:
        """Return ``(T, 7)``.

        Raises:
            VlaError: the rows have another width, or a value determines no rotation.
        """
        width, _, decode = ROTATION_FORMATS[self.rotation]
        if rows.shape[1] != 3 + width:
            raise VlaError(f"poses with {self.rotation} have {3 + width} columns, got {rows.shape[1]}")
        return np.concatenate([rows[:, :3], quaternion_from_matrix(decode(rows[:, 3:]))], axis=1)
