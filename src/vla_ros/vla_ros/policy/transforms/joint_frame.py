# SPDX-License-Identifier: Apache-2.0
"""Joint rows relative to the joint state at the observation, or to the row before. Numpy only.

The state has to be that at the *observation's* time: re-anchoring on a later state moves every row by what the arm has
travelled since.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.policy.transforms.action_transform import Origin

__all__ = ["DeltaJoints", "RelativeJoints"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RelativeJoints:
    """Every row minus the joint state at the observation.

    Attributes:
        mask: ``(J,)`` joints that are relative; the others stay absolute. None: all.
    """

    mask: npt.NDArray[np.bool_] | None = None

    def __call__(self, rows: Array, origin: Origin) -> Array:
        """Return displacements ``(T, J)`` [rad]."""
        return rows - self._offset(origin)

    def inverse(self, rows: Array, origin: Origin) -> Array:
        """Return positions ``(T, J)`` [rad]."""
        return rows + self._offset(origin)

    def _offset(self, origin: Origin) -> Array:
        return origin.joints if self.mask is None else np.where(self.mask, origin.joints, 0.0)


@dataclass(frozen=True, slots=True)
class DeltaJoints:
    """Every row minus the row before; the first minus the joint state at the observation."""

    def __call__(self, rows: Array, origin: Origin) -> Array:
        """Return steps ``(T, J)`` [rad]."""
        return np.diff(rows, axis=0, prepend=origin.joints[None])

    def inverse(self, rows: Array, origin: Origin) -> Array:
        """Return positions ``(T, J)`` [rad]."""
        return origin.joints + np.cumsum(rows, axis=0)
