# SPDX-License-Identifier: Apache-2.0
"""Differential inverse kinematics along tool rows, compiled: damped least squares with a null-space posture.

Each iteration solves  min ‖J Δq − e‖² + λ²‖Δq − z‖²  with z the pull to the posture, in closed form
Δq = z + Jᵀ (J Jᵀ + λ²I)⁻¹ (e − J z). The damping goes to zero with the error, so a reachable row is met exactly.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from vla_safety.kernels.arrays import BoundArrays, ChainArrays, Floats
from vla_safety.kernels.kinematics import forward, tool_jacobian

ITERATIONS = 30
REACHED = 1e-10  # [m], [rad]: quadratic convergence overshoots this by far
ACCEPTED = 1e-6  # rows farther than this from what the arm can reach are out of reach
LONGEST_STEP_RAD = 0.2
POSTURE_GAIN = 0.05  # share of the way to the posture per row, in the null space


@njit(cache=True)
def rotation_error(wanted: Floats, actual: Floats, out: Floats) -> None:
    """Write the rotation vector, in base axes, that turns ``actual`` into ``wanted`` ``(3, 3)``."""
    turn = np.empty((3, 3))
    for i in range(3):
        for j in range(3):
            turn[i, j] = wanted[i, 0] * actual[j, 0] + wanted[i, 1] * actual[j, 1] + wanted[i, 2] * actual[j, 2]
    trace = turn[0, 0] + turn[1, 1] + turn[2, 2]
    out[0], out[1], out[2] = turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]
    double_sine = math.sqrt(out[0] * out[0] + out[1] * out[1] + out[2] * out[2])
    angle = math.atan2(0.5 * double_sine, 0.5 * (trace - 1.0))
    if double_sine < 1e-6 and trace < 0.0:
        # Half a turn: its axis is the longest column of R + I, for R = 2aaᵀ − I there.
        best = 0
        for k in range(1, 3):
            if turn[k, k] > turn[best, best]:
                best = k
        length = math.sqrt(2.0 * (turn[best, best] + 1.0))
        for i in range(3):
            out[i] = angle * (turn[i, best] + (1.0 if i == best else 0.0)) / length
        return
    factor = angle / double_sine if double_sine > 1e-12 else 0.5
    for i in range(3):
        out[i] *= factor


@njit(cache=True)
def cholesky(matrix: Floats) -> None:
    """Replace the lower triangle of a positive definite matrix ``(N, N)`` by its factor."""
    n = matrix.shape[0]
    for j in range(n):
        total = matrix[j, j]
        for k in range(j):
            total -= matrix[j, k] * matrix[j, k]
        matrix[j, j] = math.sqrt(max(total, 1e-30))
        for i in range(j + 1, n):
            total = matrix[i, j]
            for k in range(j):
                total -= matrix[i, k] * matrix[j, k]
            matrix[i, j] = total / matrix[j, j]


@njit(cache=True)
def solve(factor: Floats, vector: Floats) -> None:
    """Solve ``L Lᵀ x = vector`` in place for the factor of `cholesky`."""
    n = vector.shape[0]
    for i in range(n):
        for k in range(i):
            vector[i] -= factor[i, k] * vector[k]
        vector[i] /= factor[i, i]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            vector[i] -= factor[k, i] * vector[k]
        vector[i] /= factor[i, i]


@njit(cache=True)
def gram(jacobian: Floats, damping: float, out: Floats) -> None:
    """Write ``J Jᵀ + damping · I`` ``(6, 6)``."""
    for i in range(6):
        for j in range(i + 1):
            total = damping if i == j else 0.0
            for k in range(jacobian.shape[1]):
                total += jacobian[i, k] * jacobian[j, k]
            out[i, j] = out[j, i] = total


@njit(cache=True)
def smallest_singular_value(jacobian: Floats) -> float:
    """Return the smallest singular value of a Jacobian ``(6, J)`` by inverse iteration on J Jᵀ."""
    factor, vector = np.empty((6, 6)), np.array([1.0, 0.9, 1.1, 0.8, 1.2, 0.7])
    gram(jacobian, 1e-14, factor)
    cholesky(factor)
    size = 1.0
    for _ in range(8):
        size = 0.0
        for i in range(6):
            size += vector[i] * vector[i]
        size = math.sqrt(size)
        vector /= size
        solve(factor, vector)
    size = 0.0
    for i in range(6):
        size += vector[i] * vector[i]
    return 1.0 / math.sqrt(math.sqrt(size))


@njit(cache=True)
def reach_pose(
    chain: ChainArrays, bounds: BoundArrays, pose: Floats, posture: Floats, position: Floats
) -> tuple[float, float]:
    """Move ``position`` ``(J,)``, in place, to where the tool has ``pose`` ``(4, 3)``: rotation rows, then the point.

    Returns:
        Error left [m + rad] and smallest singular value of the Jacobian there.
    """
    joints = position.shape[0]
    rotation, origin = np.empty((joints + 1, 3, 3)), np.empty((joints + 1, 3))
    jacobian, factor = np.empty((6, joints)), np.empty((6, 6))
    error, pull = np.empty(6), np.zeros(joints)
    size = 0.0
    for iteration in range(ITERATIONS):
        forward(chain, position, rotation, origin)
        tool_jacobian(chain, rotation, origin, jacobian)
        rotation_error(pose[:3], rotation[joints], error[3:])
        for i in range(3):
            error[i] = pose[3, i] - origin[joints, i]
        size = math.sqrt(np.sum(error * error))
        if size < REACHED and iteration > 0:
            break
        for k in range(joints):
            pull[k] = POSTURE_GAIN * (posture[k] - position[k]) if iteration == 0 else 0.0
        for i in range(6):
            for k in range(joints):
                error[i] -= jacobian[i, k] * pull[k]
        gram(jacobian, 1e-12 + 1e-3 * size * size, factor)
        cholesky(factor)
        solve(factor, error)
        longest = 0.0
        for k in range(joints):
            for i in range(6):
                pull[k] += jacobian[i, k] * error[i]
            longest = max(longest, abs(pull[k]))
        shrink = min(1.0, LONGEST_STEP_RAD / longest) if longest > 0.0 else 1.0
        for k in range(joints):
            wanted = position[k] + shrink * pull[k]
            position[k] = min(max(wanted, bounds.position_lower[k]), bounds.position_upper[k])
    return size, smallest_singular_value(jacobian)


@njit(cache=True)
def reach_rows(
    chain: ChainArrays, bounds: BoundArrays, poses: Floats, posture: Floats, start: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return joint rows ``(T, J)``, errors left ``(T,)`` and smallest singular values ``(T,)`` for poses ``(T, 4, 3)``.

    Every row starts from the one before; the first from ``start`` ``(J,)``.
    """
    count = poses.shape[0]
    rows, error, smallest = np.empty((count, start.shape[0])), np.empty(count), np.empty(count)
    position = start.copy()
    for k in range(count):
        error[k], smallest[k] = reach_pose(chain, bounds, poses[k], posture, position)
        rows[k] = position
    return rows, error, smallest
