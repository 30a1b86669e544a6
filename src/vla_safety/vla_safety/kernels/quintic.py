# SPDX-License-Identifier: Apache-2.0
"""Quintic segments between knots (q, v, a): evaluation and rigorous bounds. One joint at a time, compiled.

A quintic that meets position, velocity and acceleration at both ends is unique. A segment of constant jerk is therefore
reproduced exactly by any controller that interpolates by quintics, and so is everything that this package emits.
Bounds come from the Bernstein form: a polynomial lies in the hull of its control points (Farin, "Curves and Surfaces
for CAGD", 4.3), so they hold over the whole segment and not at samples only.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from vla_safety.kernels.arrays import Floats


@njit(cache=True)
def evaluate(start: Floats, end: Floats, duration: float, elapsed: float, out: Floats) -> None:
    """Write value and first three derivatives at ``elapsed`` into ``out`` ``(4,)``.

    Args:
        start: Position, velocity, acceleration at 0, ``(3,)``.
        end: The same at ``duration``, ``(3,)``.
        duration: Length of the segment [s], > 0.
        elapsed: Time within the segment [s].
        out: Position, velocity, acceleration, jerk ``(4,)``, overwritten.
    """
    h = duration
    a2 = 0.5 * start[2]
    gap = end[0] - start[0] - start[1] * h - a2 * h * h
    slope = (end[1] - start[1] - start[2] * h) * h
    bend = (end[2] - start[2]) * h * h
    c3 = (10.0 * gap - 4.0 * slope + 0.5 * bend) / h**3
    c4 = (-15.0 * gap + 7.0 * slope - bend) / h**4
    c5 = (6.0 * gap - 3.0 * slope + 0.5 * bend) / h**5
    t = elapsed
    out[0] = start[0] + t * (start[1] + t * (a2 + t * (c3 + t * (c4 + t * c5))))
    out[1] = start[1] + t * (start[2] + t * (3.0 * c3 + t * (4.0 * c4 + t * 5.0 * c5)))
    out[2] = start[2] + t * (6.0 * c3 + t * (12.0 * c4 + t * 20.0 * c5))
    out[3] = 6.0 * c3 + t * (24.0 * c4 + t * 60.0 * c5)


@njit(cache=True)
def hull(start: Floats, end: Floats, duration: float, out: Floats) -> None:
    """Write bounds of the segment into ``out`` ``(4, 2)``: position to jerk; lower, upper."""
    h = duration
    p1 = start[0] + start[1] * h / 5.0
    p2 = start[0] + 2.0 * start[1] * h / 5.0 + start[2] * h * h / 20.0
    p3 = end[0] - 2.0 * end[1] * h / 5.0 + end[2] * h * h / 20.0
    p4 = end[0] - end[1] * h / 5.0
    v1 = start[1] + start[2] * h / 4.0
    v3 = end[1] - end[2] * h / 4.0
    v2 = 5.0 / h * (end[0] - start[0]) - 2.0 * (start[1] + end[1]) + 0.25 * h * (end[2] - start[2])
    a1 = 4.0 / h * (v2 - v1)
    a2 = 4.0 / h * (v3 - v2)
    j0 = 3.0 / h * (a1 - start[2])
    j1 = 3.0 / h * (a2 - a1)
    j2 = 3.0 / h * (end[2] - a2)
    out[0, 0] = min(min(start[0], end[0]), min(min(p1, p2), min(p3, p4)))
    out[0, 1] = max(max(start[0], end[0]), max(max(p1, p2), max(p3, p4)))
    out[1, 0] = min(min(start[1], end[1]), min(v1, min(v2, v3)))
    out[1, 1] = max(max(start[1], end[1]), max(v1, max(v2, v3)))
    out[2, 0] = min(min(start[2], end[2]), min(a1, a2))
    out[2, 1] = max(max(start[2], end[2]), max(a1, a2))
    out[3, 0] = min(j0, min(j1, j2))
    out[3, 1] = max(j0, max(j1, j2))


@njit(cache=True)
def cell(times: Floats, time: float) -> int:
    """Return the index ``k`` of the segment with ``times[k] <= time < times[k + 1]``, clamped to what there is."""
    low, high = 0, times.shape[0] - 2
    while low < high:
        middle = (low + high + 1) // 2
        if times[middle] <= time:
            low = middle
        else:
            high = middle - 1
    return max(low, 0)


def hermite(start: Floats, end: Floats, duration: float, elapsed: float) -> Floats:
    """Return position, velocity, acceleration and jerk ``(4,)`` of one segment at ``elapsed`` (see `evaluate`)."""
    out = np.zeros(4)
    evaluate(np.asarray(start, float), np.asarray(end, float), float(duration), float(elapsed), out)
    return out
