# SPDX-License-Identifier: Apache-2.0
"""From the observation's named state to a model's vector, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.policy.normalisation import AffineNormaliser
from vla_ros.types import Observation

__all__ = ["StateVector"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StateVector:
    """Entries picked by name, then normalised.

    Attributes:
        names: ``(N,)`` entries in the order of the model.
        normaliser: Of these entries; None: physical values.
    """

    names: tuple[str, ...]
    normaliser: AffineNormaliser | None = None

    def __call__(self, observation: Observation) -> Array:
        """Return ``(N,)``.

        Raises:
            VlaError: the observation lacks an entry.
        """
        values = observation.values(self.names)
        return values if self.normaliser is None else self.normaliser.normalise(values)

    def inverse(self, values: Array) -> dict[str, float]:
        """Return the physical value of every entry by name."""
        physical = values if self.normaliser is None else self.normaliser.denormalise(values)
        return dict(zip(self.names, (float(value) for value in physical), strict=True))
