# SPDX-License-Identifier: Apache-2.0
"""What a limit is: rows ``G Δq ≤ h`` on the displacement of the joints over one row of a reference. No solver."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from vla_safety.arm_model import ArmModel
from vla_safety.kernels.arrays import Floats
from vla_safety.kernels.kinematics import forward, tool_jacobian

NEGLIGIBLE_ROW = 1e-9  # a row whose gradient is shorter restricts nothing


@dataclass(frozen=True, slots=True)
class Rows:
    """``G`` ``(M, J)`` and ``h`` ``(M,)`` of ``G Δq ≤ h``; every row of ``G`` has length 1."""

    G: Floats
    h: Floats

    @classmethod
    def of(cls, gradient: Floats, slack: Floats) -> Rows:
        """Return normalised rows for ``gradient · Δq ≤ slack``; rows without a gradient are left out.

        Solvers of all kinds need rows of like size: torque rows are 500 times longer than others in their own units.
        """
        length = np.linalg.norm(gradient, axis=1)
        kept = length > NEGLIGIBLE_ROW
        return cls(gradient[kept] / length[kept, None], slack[kept] / length[kept])


class Context:
    """The arm at one configuration, its recent motion, and what limits share; computed when first asked for."""

    def __init__(self, model: ArmModel, position: Floats, period_s: float, motion: Floats | None = None) -> None:
        """Describe one row.

        Args:
            model: The arm.
            position: ``(J,)`` [rad].
            period_s: Time over which Δq happens [s].
            motion: Velocity and acceleration ``(2, J)`` of the rows before; rest if left out.
        """
        self.model = model
        self.position = np.ascontiguousarray(position, dtype=np.float64)
        self.period_s = period_s
        self.velocity, self.acceleration = np.zeros((2, len(position))) if motion is None else motion

    @cached_property
    def frames(self) -> tuple[Floats, Floats]:
        """Return rotations ``(J + 1, 3, 3)`` and origins ``(J + 1, 3)`` [m] of joints and tool in the base."""
        joints = len(self.position)
        rotation, origin = np.empty((joints + 1, 3, 3)), np.empty((joints + 1, 3))
        forward(self.model.chain, self.position, rotation, origin)
        return rotation, origin

    @cached_property
    def jacobian(self) -> Floats:
        """Return the tool's Jacobian ``(6, J)``, linear first, in base axes."""
        out = np.empty((6, len(self.position)))
        tool_jacobian(self.model.chain, *self.frames, out)
        return out


class RowLimit(Protocol):
    """A limit: a name for reports, and rows."""

    name: str

    def rows(self, context: Context) -> Rows:
        """Return the rows at ``context``."""
