# SPDX-License-Identifier: Apache-2.0
"""Normalised actions: the affine normalisers of ``vla_ros.policy.normalisation`` as a transform."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.policy.normalisation import AffineNormaliser
from vla_ros.policy.transforms.action_transform import Origin

__all__ = ["NormaliseActions"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NormaliseActions:
    """Physical rows to normalised rows."""

    normaliser: AffineNormaliser

    def __call__(self, rows: Array, origin: Origin) -> Array:
        """Normalise."""
        return self.normaliser.normalise(rows)

    def inverse(self, rows: Array, origin: Origin) -> Array:
        """Denormalise."""
        return self.normaliser.denormalise(rows)
