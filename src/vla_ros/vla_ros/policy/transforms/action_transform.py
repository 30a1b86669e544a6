# SPDX-License-Identifier: Apache-2.0
"""The interface of action transforms and their composition. Calling goes towards the model, ``inverse`` comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["ActionTransform", "ArmAndGripper", "Chain", "Origin"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the robot was at the observation: what relative actions are relative to.

    Attributes:
        joints: ``(J,)`` [rad].
        pose: ``(7,)`` tool in base: x y z [m], qx qy qz qw.
    """

    joints: Array = field(default_factory=lambda: np.zeros(0))
    pose: Array = field(default_factory=lambda: np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]))


class ActionTransform(Protocol):
    """A change of representation of rows ``(T, A)`` that can be undone."""

    def __call__(self, rows: Array, origin: Origin) -> Array:
        """Return the rows as the model sees them: what training does with a demonstration."""

    def inverse(self, rows: Array, origin: Origin) -> Array:
        """Return the rows as the robot sees them: what inference does with the model's output."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Transforms one after the other; the inverse runs through them backwards."""

    transforms: Sequence[ActionTransform] = ()

    def __call__(self, rows: Array, origin: Origin) -> Array:
        """See :class:`ActionTransform`."""
        for transform in self.transforms:
            rows = transform(rows, origin)
        return rows

    def inverse(self, rows: Array, origin: Origin) -> Array:
        """See :class:`ActionTransform`."""
        for transform in reversed(self.transforms):
            rows = transform.inverse(rows, origin)
        return rows


@dataclass(frozen=True, slots=True)
class ArmAndGripper:
    """Rows whose last column is the gripper: both parts have transforms of their own."""

    arm: Chain = field(default_factory=Chain)
    gripper: Chain = field(default_factory=Chain)

    def __call__(self, rows: Array, origin: Origin) -> Array:
        """See :class:`ActionTransform`."""
        return np.concatenate([self.arm(rows[:, :-1], origin), self.gripper(rows[:, -1:], origin)], axis=1)

    def inverse(self, rows: Array, origin: Origin) -> Array:
        """See :class:`ActionTransform`."""
        parts = [self.arm.inverse(rows[:, :-1], origin), self.gripper.inverse(rows[:, -1:], origin)]
        return np.concatenate(parts, axis=1)
