# SPDX-License-Identifier: Apache-2.0
"""C² interpolation of equally spaced rows, compiled: a natural cubic spline whose last row is at rest."""

from __future__ import annotations

import numpy as np
from numba import njit

from vla_safety.kernels.arrays import Floats, PathArrays


@njit(cache=True)
def spline_path(rows: Floats, start: float, period: float) -> PathArrays:
    """Return the C² path through ``rows`` ``(T, J)`` at ``start + k · period`` [s].

    The tridiagonal system of the second derivatives M is M₍ₖ₋₁₎ + 4 Mₖ + M₍ₖ₊₁₎ = 6 (yₖ₊₁ − 2yₖ + yₖ₋₁)/h², with M = 0
    at both ends. The last knot is then put at rest: a reference ends at rest.
    """
    count, joints = rows.shape
    times = start + period * np.arange(count).astype(np.float64)
    path = PathArrays(times, rows.copy(), np.zeros((count, joints)), np.zeros((count, joints)))
    if count < 3:
        return path
    h = period
    pivot = np.empty(count)
    bend = path.acceleration
    pivot[1] = 4.0
    for i in range(joints):
        bend[1, i] = 6.0 * (rows[2, i] - 2.0 * rows[1, i] + rows[0, i]) / (h * h)
    for k in range(2, count - 1):
        factor = 1.0 / pivot[k - 1]
        pivot[k] = 4.0 - factor
        for i in range(joints):
            load = 6.0 * (rows[k + 1, i] - 2.0 * rows[k, i] + rows[k - 1, i]) / (h * h)
            bend[k, i] = load - factor * bend[k - 1, i]
    for i in range(joints):
        bend[count - 2, i] /= pivot[count - 2]
    for k in range(count - 3, 0, -1):
        for i in range(joints):
            bend[k, i] = (bend[k, i] - bend[k + 1, i]) / pivot[k]
    for k in range(count - 1):
        for i in range(joints):
            slope = (rows[k + 1, i] - rows[k, i]) / h
            path.velocity[k, i] = slope - h * (2.0 * bend[k, i] + bend[k + 1, i]) / 6.0
    return path
