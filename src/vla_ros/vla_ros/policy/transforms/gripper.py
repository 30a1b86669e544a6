# SPDX-License-Identifier: Apache-2.0
"""What a model calls open and closed: an affine map between opening width [m] and the model's number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.errors import ConfigError
from vla_ros.policy.transforms.action_transform import Origin

__all__ = ["GripperScale"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GripperScale:
    """Width 0..``largest_m`` to ``closed``..``open``; DROID has closed 1 and open 0, the default policy -1 and 1.

    Attributes:
        closed: The model's number for closed.
        open: The model's number for fully open.
        largest_m: Width that is fully open.
        binary: Whether the way back decides: past the middle is fully open or closed, as most models are trained.
    """

    closed: float
    open: float
    largest_m: float
    binary: bool = False

    def __post_init__(self) -> None:
        if self.closed == self.open or not self.largest_m > 0.0:
            raise ConfigError(
                f"a gripper needs closed != open and largest_m > 0, got {self.closed}, {self.open}, {self.largest_m}"
            )

    def __call__(self, rows: Array, origin: Origin) -> Array:
        """Return the model's numbers ``(T, 1)``."""
        return self.closed + (self.open - self.closed) * rows / self.largest_m

    def inverse(self, rows: Array, origin: Origin) -> Array:
        """Return widths ``(T, 1)`` [m], within what the gripper can do."""
        share = np.clip((rows - self.closed) / (self.open - self.closed), 0.0, 1.0)
        return self.largest_m * (np.round(share) if self.binary else share)
