# SPDX-License-Identifier: Apache-2.0
"""Quaternions (x, y, z, w), Euler angles [rad] and rotation matrices. Matrices of whole transforms: ``matrices``."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

_INDICES = {"x": 0, "y": 1, "z": 2}
# Below this sine (cosine) of the middle angle the outer two angles are not told apart.
_GIMBAL_LOCK = 4e-16


def _axis_quaternion(index: int, angle: float) -> NDArray[np.float64]:
    quaternion = np.array([0.0, 0.0, 0.0, math.cos(angle / 2)])
    quaternion[index] = math.sin(angle / 2)
    return quaternion


def _indices(axes: str) -> tuple[int, int, int]:
    if len(axes) != 4 or axes[0] not in "sr" or not set(axes[1:]) <= set("xyz"):
        raise ValueError(f"axes must be 's' or 'r' and three of x, y, z, e.g. 'sxyz', got '{axes}'")
    i, j, k = (_INDICES[letter] for letter in axes[1:])
    if j in (i, k):
        raise ValueError(f"neighbouring axes must differ, got '{axes}'")
    return i, j, k


def quaternion_from_euler(ai: float, aj: float, ak: float, axes: str = "sxyz") -> NDArray[np.float64]:
    """Return the quaternion of three rotations.

    Args:
        ai: First angle [rad].
        aj: Second angle [rad].
        ak: Third angle [rad].
        axes: 's' (static axes) or 'r' (rotating axes), then the three axes.
    """
    first, second, third = (
        _axis_quaternion(index, angle) for index, angle in zip(_indices(axes), (ai, aj, ak), strict=True)
    )
    if axes[0] == "s":
        return quaternion_multiply(third, quaternion_multiply(second, first))
    return quaternion_multiply(first, quaternion_multiply(second, third))


def euler_matrix(ai: float, aj: float, ak: float, axes: str = "sxyz") -> NDArray[np.float64]:
    """Return the 4x4 matrix of three rotations; see :func:`quaternion_from_euler`."""
    return quaternion_matrix(quaternion_from_euler(ai, aj, ak, axes))


def euler_from_matrix(matrix: ArrayLike, axes: str = "sxyz") -> tuple[float, float, float]:
    """Return the three angles [rad] of a rotation matrix (3x3 or the corner of 4x4).

    With rotating axes ``R = R_i(a) R_j(b) R_k(c)``. For distinct axes, with ``s`` the sign of the permutation
    (i, j, k), ``R[i, k] = s sin b``; for ``i = k``, ``R[i, i] = cos b``. Static axes are rotating axes in reverse.
    """
    rotation = np.asarray(matrix, dtype=float)[:3, :3]
    i, j, k = _indices(axes)
    if axes[0] == "s":
        a, b, c = _rotating_angles(rotation, (k, j, i))
        return c, b, a
    return _rotating_angles(rotation, (i, j, k))


def _rotating_angles(r: NDArray[np.float64], order: tuple[int, int, int]) -> tuple[float, float, float]:
    i, j, k = order
    if i == k:
        return _proper_angles(r, i, j)
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    cosine = math.hypot(r[i, i], r[i, j])
    middle = math.atan2(sign * r[i, k], cosine)
    if cosine < _GIMBAL_LOCK:
        return math.atan2(sign * r[k, j], r[j, j]), middle, 0.0
    return math.atan2(-sign * r[j, k], r[k, k]), middle, math.atan2(-sign * r[i, j], r[i, i])


def _proper_angles(r: NDArray[np.float64], i: int, j: int) -> tuple[float, float, float]:
    last = 3 - i - j
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    sine = math.hypot(r[i, j], r[i, last])
    middle = math.atan2(sine, r[i, i])
    if sine < _GIMBAL_LOCK:
        return math.atan2(sign * r[last, j], r[j, j]), middle, 0.0
    return math.atan2(r[j, i], -sign * r[last, i]), middle, math.atan2(r[i, j], sign * r[i, last])


def euler_from_quaternion(quaternion: ArrayLike, axes: str = "sxyz") -> tuple[float, float, float]:
    """Return the three angles [rad] of a quaternion; see :func:`quaternion_from_euler`."""
    return euler_from_matrix(quaternion_matrix(quaternion), axes)


def quaternion_matrix(quaternion: ArrayLike) -> NDArray[np.float64]:
    """Return the 4x4 rotation matrix of a quaternion of any length; a zero quaternion gives the identity."""
    q = np.asarray(quaternion, dtype=float)
    norm2 = float(q @ q)
    matrix = np.eye(4)
    if norm2 < np.finfo(float).tiny:
        return matrix
    x, y, z, w = q / math.sqrt(norm2)
    matrix[:3, :3] = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)),
        (2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)),
        (2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)),
    )
    return matrix


def quaternion_from_matrix(matrix: ArrayLike) -> NDArray[np.float64]:
    """Return the quaternion, with w >= 0, of a rotation matrix (Shepperd 1978: divide by the largest component)."""
    r = np.asarray(matrix, dtype=float)[:3, :3]
    squares = np.array(
        [
            1 + r[0, 0] - r[1, 1] - r[2, 2],
            1 - r[0, 0] + r[1, 1] - r[2, 2],
            1 - r[0, 0] - r[1, 1] + r[2, 2],
            1 + r[0, 0] + r[1, 1] + r[2, 2],
        ]
    )
    products = np.array(
        [
            (0.0, r[0, 1] + r[1, 0], r[0, 2] + r[2, 0], r[2, 1] - r[1, 2]),
            (r[0, 1] + r[1, 0], 0.0, r[1, 2] + r[2, 1], r[0, 2] - r[2, 0]),
            (r[0, 2] + r[2, 0], r[1, 2] + r[2, 1], 0.0, r[1, 0] - r[0, 1]),
            (r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1], 0.0),
        ]
    )
    largest = int(np.argmax(squares))
    quaternion = products[largest]
    quaternion[largest] = squares[largest]
    quaternion /= np.linalg.norm(quaternion)
    return -quaternion if quaternion[3] < 0 else quaternion


def quaternion_multiply(quaternion1: ArrayLike, quaternion0: ArrayLike) -> NDArray[np.float64]:
    """Return the product: first ``quaternion0``, then ``quaternion1``."""
    ax, ay, az, aw = quaternion1
    bx, by, bz, bw = quaternion0
    return np.array(
        [
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
            aw * bw - ax * bx - ay * by - az * bz,
        ],
        dtype=float,
    )


def quaternion_conjugate(quaternion: ArrayLike) -> NDArray[np.float64]:
    """Return (-x, -y, -z, w)."""
    return np.asarray(quaternion, dtype=float) * (-1.0, -1.0, -1.0, 1.0)


def quaternion_inverse(quaternion: ArrayLike) -> NDArray[np.float64]:
    """Return the inverse: the conjugate over the squared norm."""
    q = np.asarray(quaternion, dtype=float)
    return quaternion_conjugate(q) / (q @ q)


def quaternion_about_axis(angle: float, axis: ArrayLike) -> NDArray[np.float64]:
    """Return the rotation by an angle [rad] about an axis of any length."""
    direction = np.asarray(axis, dtype=float)
    direction = direction / np.linalg.norm(direction)
    return np.array([*(direction * math.sin(angle / 2)), math.cos(angle / 2)])


def quaternion_slerp(
    quat0: ArrayLike,
    quat1: ArrayLike,
    fraction: float,
    spin: int = 0,
    shortestpath: bool = True,
) -> NDArray[np.float64]:
    """Return the rotation at ``fraction`` of the arc between two; ``spin`` adds whole turns."""
    a, b = (np.asarray(q, dtype=float) / np.linalg.norm(q) for q in (quat0, quat1))
    dot = float(a @ b)
    if shortestpath and dot < 0.0:
        dot, b = -dot, -b
    angle = math.acos(max(-1.0, min(1.0, dot))) + spin * math.pi
    if abs(math.sin(angle)) < 1e-12:
        return a.copy()
    return (math.sin((1.0 - fraction) * angle) * a + math.sin(fraction * angle) * b) / math.sin(angle)


def random_quaternion(rand: ArrayLike | None = None) -> NDArray[np.float64]:
    """Return a uniformly random rotation from three numbers in [0, 1) (Shoemake 1992)."""
    u, v, w = np.random.default_rng().random(3) if rand is None else np.asarray(rand, dtype=float)
    low, high = math.sqrt(1.0 - u), math.sqrt(u)
    return np.array(
        [
            low * math.sin(2 * math.pi * v),
            low * math.cos(2 * math.pi * v),
            high * math.sin(2 * math.pi * w),
            high * math.cos(2 * math.pi * w),
        ]
    )


def random_rotation_matrix(rand: ArrayLike | None = None) -> NDArray[np.float64]:
    """Return a uniformly random 4x4 rotation matrix."""
    return quaternion_matrix(random_quaternion(rand))
