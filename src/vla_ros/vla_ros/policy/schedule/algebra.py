# SPDX-License-Identifier: Apache-2.0
"""Arithmetic on action rows that respects what the columns mean. Pure numpy; no time, no buffers.

A chunk scheduler interpolates, averages and compares actions. On joint values that is Euclidean; on tool poses the
quaternion part lives on SO(3). Both are one small family with the same operations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from vla_ros.types import ActionSpace

__all__ = ["ActionAlgebra", "EuclideanAlgebra", "PoseAlgebra", "algebra_of"]

Array = npt.NDArray[np.float64]


class ActionAlgebra(Protocol):
    """Operations on action rows ``(..., A)``."""

    def mean(self, stack: Array, weights: Array) -> Array:
        """Return the mean over axis 0 of ``stack`` ``(N, T, A)``; ``weights`` ``(N, T)`` sum to 1 over axis 0."""

    def between(self, start: Array, end: Array, fraction: Array) -> Array:
        """Return rows ``(T, A)`` at ``fraction`` ``(T,)`` of the way from ``start`` to ``end``."""

    def difference(self, a: Array, b: Array) -> Array:
        """Return the tangent vectors ``(T, D)`` from ``b`` to ``a`` (rotation vectors [rad] for rotations)."""

    def sizes(self, difference: Array, lever_m: float) -> Array:
        """Return the largest components ``(T,)`` of tangent vectors ``(T, D)``; a rotation as way of a lever's end."""

    def moved(self, rows: Array, start: Array, end: Array) -> Array:
        """Return rows ``(T, A)`` after the motion that takes ``start`` ``(A,)`` to ``end`` ``(A,)``."""

    def normalise(self, rows: Array) -> Array:
        """Return the rows with their constraints restored (unit quaternions of one sign along the rows)."""

    def at_rest(self, rows: Array) -> Array:
        """Return the rows ``(T, A)`` of an arm that has come to rest after ``rows``."""


@dataclass(frozen=True, slots=True)
class EuclideanAlgebra:
    """Joint positions, velocities, deltas and twists: plain vectors.

    Attributes:
        rates: Whether the rows are velocities, which are zero at rest; positions stay where they are.
    """

    rates: bool = False

    def mean(self, stack: Array, weights: Array) -> Array:
        """See :class:`ActionAlgebra`."""
        return np.einsum("nt,nta->ta", weights, stack)

    def between(self, start: Array, end: Array, fraction: Array) -> Array:
        """See :class:`ActionAlgebra`."""
        return start + fraction[:, None] * (end - start)

    def difference(self, a: Array, b: Array) -> Array:
        """See :class:`ActionAlgebra`."""
        return a - b

    def sizes(self, difference: Array, lever_m: float) -> Array:
        """See :class:`ActionAlgebra`."""
        return np.abs(difference).max(axis=1)

    def moved(self, rows: Array, start: Array, end: Array) -> Array:
        """See :class:`ActionAlgebra`."""
        return rows + (end - start)

    def normalise(self, rows: Array) -> Array:
        """See :class:`ActionAlgebra`."""
        return rows

    def at_rest(self, rows: Array) -> Array:
        """See :class:`ActionAlgebra`."""
        return np.zeros_like(rows) if self.rates else rows


@dataclass(frozen=True, slots=True)
class PoseAlgebra:
    """Rows ``x y z qx qy qz qw``: vectors in the first three columns, unit quaternions in the last four.

    The mean of quaternions is the normalised sum after aligning signs to the last (newest) one: the first-order
    approximation of the Karcher mean, exact for two equal weights (Markley et al. 2007); predictions of one instant
    lie close together.
    """

    def mean(self, stack: Array, weights: Array) -> Array:
        """See :class:`ActionAlgebra`."""
        signs = np.where(np.einsum("nta,ta->nt", stack[..., 3:], stack[-1][:, 3:]) < 0.0, -1.0, 1.0)
        aligned = np.concatenate([stack[..., :3], stack[..., 3:] * signs[..., None]], axis=-1)
        return self.normalise(np.einsum("nt,nta->ta", weights, aligned))

    def between(self, start: Array, end: Array, fraction: Array) -> Array:
        """See :class:`ActionAlgebra`; rotations by slerp."""
        position = start[:, :3] + fraction[:, None] * (end[:, :3] - start[:, :3])
        return np.concatenate([position, _slerp(start[:, 3:], end[:, 3:], fraction)], axis=1)

    def difference(self, a: Array, b: Array) -> Array:
        """See :class:`ActionAlgebra`; ``(T, 6)``: metres and a rotation vector in the base frame."""
        return np.concatenate([a[:, :3] - b[:, :3], _rotation_vectors(a[:, 3:], b[:, 3:])], axis=1)

    def sizes(self, difference: Array, lever_m: float) -> Array:
        """See :class:`ActionAlgebra`."""
        return np.maximum(np.abs(difference[:, :3]).max(axis=1), lever_m * np.abs(difference[:, 3:]).max(axis=1))

    def moved(self, rows: Array, start: Array, end: Array) -> Array:
        """See :class:`ActionAlgebra`; the rotation is applied in the base frame."""
        turn = _product(end[None, 3:], start[None, 3:] * [-1.0, -1.0, -1.0, 1.0])
        rotation = _product(np.repeat(turn, len(rows), axis=0), rows[:, 3:])
        return np.concatenate([rows[:, :3] + (end[:3] - start[:3]), rotation], axis=1)

    def normalise(self, rows: Array) -> Array:
        """See :class:`ActionAlgebra`."""
        quaternions = rows[:, 3:] / np.linalg.norm(rows[:, 3:], axis=1, keepdims=True)
        flips = np.where(np.einsum("ta,ta->t", quaternions[1:], quaternions[:-1]) < 0.0, -1.0, 1.0)
        signs = np.concatenate([[1.0], np.cumprod(flips)])
        return np.concatenate([rows[:, :3], quaternions * signs[:, None]], axis=1)

    def at_rest(self, rows: Array) -> Array:
        """See :class:`ActionAlgebra`."""
        return rows


def algebra_of(space: ActionSpace, width: int) -> ActionAlgebra:
    """Return the algebra for rows of ``space`` with ``width`` columns."""
    if space is ActionSpace.TOOL_POSE and width == 7:
        return PoseAlgebra()
    return EuclideanAlgebra(rates=space in (ActionSpace.JOINT_VELOCITY, ActionSpace.TOOL_TWIST))


def _slerp(start: Array, end: Array, fraction: Array) -> Array:
    """Spherical interpolation of unit quaternions ``(T, 4)``, the short way (Shoemake 1985)."""
    dots = np.einsum("ta,ta->t", start, end)
    end = end * np.where(dots < 0.0, -1.0, 1.0)[:, None]
    angle = np.arccos(np.clip(np.abs(dots), 0.0, 1.0))
    sine = np.sin(angle)
    near = sine < 1e-6  # there slerp and lerp agree to 1e-12
    safe = np.where(near, 1.0, sine)
    left = np.where(near, 1.0 - fraction, np.sin((1.0 - fraction) * angle) / safe)
    right = np.where(near, fraction, np.sin(fraction * angle) / safe)
    rows = left[:, None] * start + right[:, None] * end
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _product(a: Array, b: Array) -> Array:
    """Products ``a · b`` of quaternions ``(T, 4)`` in x y z w order."""
    vector = a[:, 3:] * b[:, :3] + b[:, 3:] * a[:, :3] + np.cross(a[:, :3], b[:, :3])
    scalar = a[:, 3] * b[:, 3] - np.einsum("ta,ta->t", a[:, :3], b[:, :3])
    return np.concatenate([vector, scalar[:, None]], axis=1)


def _rotation_vectors(a: Array, b: Array) -> Array:
    """Rotation vectors ``(T, 3)`` [rad] of ``a · b⁻¹`` for unit quaternions ``(T, 4)`` in x y z w order."""
    vector = b[:, 3:] * a[:, :3] - a[:, 3:] * b[:, :3] - np.cross(a[:, :3], b[:, :3])
    scalar = np.einsum("ta,ta->t", a, b)
    sign = np.where(scalar < 0.0, -1.0, 1.0)
    norm = np.linalg.norm(vector, axis=1)
    angle = 2.0 * np.arctan2(norm, np.abs(scalar))
    scale = np.where(norm < 1e-12, 2.0, angle / np.where(norm < 1e-12, 1.0, norm))
    return vector * (sign * scale)[:, None]
