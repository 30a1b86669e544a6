# SPDX-License-Identifier: Apache-2.0
"""From the rotations that a network emits to SO(3): projection, and refusal of what has no nearest rotation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DEGENERATE = 1e-3  # of a quaternion's length, of rot6d's columns, of a matrix' second singular value
ROTATION_WIDTHS = {3: "rotation vector", 4: "quaternion", 6: "rot6d", 9: "matrix"}


class DegenerateRotationError(ValueError):
    """A row has no nearest rotation, e.g. a zero quaternion."""


def rotations_from_rows(rows: Floats) -> Floats:
    """Return rotation matrices ``(T, 3, 3)`` nearest to raw rows.

    Args:
        rows: ``(T, 3)`` rotation vectors [rad]; ``(T, 4)`` quaternions x y z w of any length; ``(T, 6)`` the first two
            columns one after the other (Zhou et al., arXiv 1812.07035); or ``(T, 9)`` row-major matrices.

    Raises:
        DegenerateRotationError: A row has no unique nearest rotation.
    """
    width = rows.shape[1]
    if width not in ROTATION_WIDTHS:
        raise DegenerateRotationError(f"a rotation of width {width}; known are {ROTATION_WIDTHS}")
    makers = {3: _from_vectors, 4: _from_quaternions, 6: _from_columns, 9: _from_matrices}
    return makers[width](np.asarray(rows, dtype=np.float64))


def _refuse(wrong: NDArray[np.bool_], what: str) -> None:
    if wrong.any():
        raise DegenerateRotationError(f"row {int(np.argmax(wrong))}: {what}")


def _from_vectors(rows: Floats) -> Floats:
    angle = np.linalg.norm(rows, axis=1, keepdims=True)
    half = 0.5 * angle
    # sin(x)/x by numpy's sinc, which is sin(πx)/(πx)
    vector = rows * 0.5 * np.sinc(half / np.pi)
    return _from_quaternions(np.concatenate([vector, np.cos(half)], axis=1))


def _from_quaternions(rows: Floats) -> Floats:
    length = np.linalg.norm(rows, axis=1)
    _refuse(length < DEGENERATE, "a quaternion of length zero")
    x, y, z, w = (rows / length[:, None]).T
    matrix = np.empty((len(rows), 3, 3))
    matrix[:, 0] = np.stack([1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)], axis=1)
    matrix[:, 1] = np.stack([2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)], axis=1)
    matrix[:, 2] = np.stack([2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)], axis=1)
    return matrix


def _from_columns(rows: Floats) -> Floats:
    first, second = rows[:, :3], rows[:, 3:]
    length = np.linalg.norm(first, axis=1)
    _refuse(length < DEGENERATE, "a first column of length zero")
    x = first / length[:, None]
    across = second - np.sum(x * second, axis=1, keepdims=True) * x
    length = np.linalg.norm(across, axis=1)
    _refuse(length < DEGENERATE, "columns that are parallel")
    y = across / length[:, None]
    return np.stack([x, y, np.cross(x, y)], axis=2)


def _from_matrices(rows: Floats) -> Floats:
    left, sizes, right = np.linalg.svd(rows.reshape(-1, 3, 3))
    sign = np.sign(np.linalg.det(left @ right))
    # The nearest rotation is unique where the two smallest singular values, the last one signed, do not cancel.
    _refuse(sizes[:, 1] + sign * sizes[:, 2] < DEGENERATE, "a matrix without a unique nearest rotation")
    left[:, :, 2] *= sign[:, None]
    return left @ right


def interpolate_rotations(rotations: Floats, parts: int) -> Floats:
    """Return ``((T - 1) · parts + 1, 3, 3)``: spherical interpolation with ``parts`` equal turns between neighbours."""
    if parts == 1 or len(rotations) < 2:
        return rotations
    turn = np.swapaxes(rotations[:-1], 1, 2) @ rotations[1:]
    vector = rotation_vectors(turn)
    share = np.arange(parts) / parts
    steps = (vector[:, None, :] * share[None, :, None]).reshape(-1, 3)
    between = np.repeat(rotations[:-1], parts, axis=0) @ _from_vectors(steps)
    return np.concatenate([between, rotations[-1:]])


def rotation_vectors(rotations: Floats) -> Floats:
    """Return the rotation vectors ``(T, 3)`` [rad], of length at most π, of matrices ``(T, 3, 3)``."""
    quaternions = _quaternions(rotations)
    vector, scalar = quaternions[:, :3], quaternions[:, 3:]
    sine = np.linalg.norm(vector, axis=1, keepdims=True)
    angle = 2.0 * np.arctan2(sine, scalar)
    return vector * np.where(sine > 1e-12, angle / np.maximum(sine, 1e-12), 2.0)


def _quaternions(rotations: Floats) -> Floats:
    """Return quaternions x y z w with w >= 0 by Bar-Itzhack's eigenvector, which never divides by zero."""
    r = rotations
    k = np.empty((len(r), 4, 4))
    k[:, :3, :3] = r + np.swapaxes(r, 1, 2)
    trace = np.trace(r, axis1=1, axis2=2)
    k[:, range(3), range(3)] -= trace[:, None]
    axis = np.stack([r[:, 2, 1] - r[:, 1, 2], r[:, 0, 2] - r[:, 2, 0], r[:, 1, 0] - r[:, 0, 1]], axis=1)
    k[:, 3, :3] = k[:, :3, 3] = axis
    k[:, 3, 3] = trace
    vectors = np.linalg.eigh(k)[1][:, :, -1]
    return vectors * np.where(vectors[:, 3:] < 0.0, -1.0, 1.0)
