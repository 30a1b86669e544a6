# SPDX-License-Identifier: Apache-2.0
"""Distances of the arm to itself and to the boxes around it."""

from __future__ import annotations

import numpy as np

from vla_safety.kernels.arrays import Floats
from vla_safety.kernels.collision_rows import pair_rows
from vla_safety.limits.base import Context, Rows

NEAR_M = 0.2  # pairs farther apart get no row


class CollisionLimit:
    """d + n·(J₂ − J₁) Δq ≥ margin for each near pair, with n from the first body's nearest point to the second's."""

    name = "collision"

    def __init__(self, extra_margin_m: float = 0.0) -> None:
        self._extra = extra_margin_m

    def slack(self, context: Context) -> Floats:
        """Return distance less margin of every pair ``(P,)`` [m]."""
        return self._pairs(context)[0]

    def rows(self, context: Context) -> Rows:
        """Return one row per near pair; a pair that is too near may not come nearer."""
        slack, gradient = self._pairs(context)
        near = slack < NEAR_M
        return Rows.of(-gradient[near], np.maximum(slack[near], 0.0))

    def _pairs(self, context: Context) -> tuple[Floats, Floats]:
        world = context.model.world
        distance, gradient = pair_rows(context.model.chain, world, *context.frames)
        return distance - world.pair_margin - self._extra, gradient
