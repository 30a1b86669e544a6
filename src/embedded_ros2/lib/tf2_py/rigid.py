# SPDX-License-Identifier: Apache-2.0
"""Rigid transforms on plain tuples: at this size tuples beat arrays several times. Quaternions are (x, y, z, w)."""

from __future__ import annotations

import math
from typing import NamedTuple

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]

# Below this angle between quaternions sin(angle) loses digits and linear interpolation is exact to 1e-12.
_SMALL_ANGLE_RAD = 1e-6


class RigidTransform(NamedTuple):
    """Maps coordinates in a child frame to its parent frame; translation in [m]."""

    translation: Vector
    rotation: Quaternion


IDENTITY = RigidTransform((0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0))


def multiply(a: Quaternion, b: Quaternion) -> Quaternion:
    """Return the Hamilton product ``a b``: first ``b``, then ``a``."""
    ax, ay, az, aw = a
    bx, by, bz, bw = b
    return (
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
        aw * bw - ax * bx - ay * by - az * bz,
    )


def rotate(q: Quaternion, v: Vector) -> Vector:
    """Return ``v`` rotated by the unit quaternion ``q``: ``v + 2 w (u × v) + 2 u × (u × v)`` with ``q = (u, w)``."""
    x, y, z, w = q
    vx, vy, vz = v
    tx, ty, tz = 2 * (y * vz - z * vy), 2 * (z * vx - x * vz), 2 * (x * vy - y * vx)
    return (
        vx + w * tx + y * tz - z * ty,
        vy + w * ty + z * tx - x * tz,
        vz + w * tz + x * ty - y * tx,
    )


def compose(outer: RigidTransform, inner: RigidTransform) -> RigidTransform:
    """Return ``outer ∘ inner``: first ``inner``, then ``outer``."""
    moved = rotate(outer.rotation, inner.translation)
    x, y, z = outer.translation
    return RigidTransform((x + moved[0], y + moved[1], z + moved[2]), multiply(outer.rotation, inner.rotation))


def inverse(transform: RigidTransform) -> RigidTransform:
    """Return the transform from the parent frame to the child frame."""
    x, y, z, w = transform.rotation
    back = (-x, -y, -z, w)
    moved = rotate(back, transform.translation)
    return RigidTransform((-moved[0], -moved[1], -moved[2]), back)


def slerp(a: Quaternion, b: Quaternion, ratio: float) -> Quaternion:
    """Return the rotation at ``ratio`` of the shorter arc from ``a`` to ``b`` (Shoemake 1985)."""
    dot = sum(p * q for p, q in zip(a, b, strict=True))
    sign = -1.0 if dot < 0.0 else 1.0
    angle = math.acos(min(1.0, abs(dot)))
    if angle < _SMALL_ANGLE_RAD:
        left, right = 1.0 - ratio, sign * ratio
    else:
        sine = math.sin(angle)
        left, right = math.sin((1.0 - ratio) * angle) / sine, sign * math.sin(ratio * angle) / sine
    mixed = [left * p + right * q for p, q in zip(a, b, strict=True)]
    norm = math.sqrt(sum(c * c for c in mixed))
    x, y, z, w = (c / norm for c in mixed)
    return (x, y, z, w)


def interpolate(a: RigidTransform, b: RigidTransform, ratio: float) -> RigidTransform:
    """Return the transform at ``ratio`` from ``a`` to ``b``: translation linear, rotation on the shorter arc."""
    x, y, z = (p + (q - p) * ratio for p, q in zip(a.translation, b.translation, strict=True))
    return RigidTransform((x, y, z), slerp(a.rotation, b.rotation, ratio))
