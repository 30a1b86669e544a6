# SPDX-License-Identifier: Apache-2.0
"""Distance of rotations. Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["rotation_distance_rad"]

Array = npt.NDArray[np.float64]


def rotation_distance_rad(first: Array, second: Array) -> Array:
    """Return the geodesic angle ``(...)`` [rad] between unit quaternions ``(..., 4)`` xyzw.

    4 atan2(‖q − s p‖, ‖q + s p‖), s the sign of q·p: exact also for small angles, where an arc cosine is not.
    """
    sign = np.where(np.sum(first * second, axis=-1, keepdims=True) < 0.0, -1.0, 1.0)
    apart = np.linalg.norm(first - sign * second, axis=-1)
    along = np.linalg.norm(first + sign * second, axis=-1)
    return np.asarray(4.0 * np.arctan2(apart, along), np.float64)
