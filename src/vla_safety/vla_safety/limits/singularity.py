# SPDX-License-Identifier: Apache-2.0
"""Distance from singular configurations of the tool's Jacobian."""

from __future__ import annotations

import numpy as np

from vla_safety.kernels.arrays import Floats
from vla_safety.kernels.inverse import smallest_singular_value
from vla_safety.limits.base import Context, Rows

STEP_RAD = 1e-5  # of the central difference: the smallest singular value has no simple gradient where two are equal


class SingularityLimit:
    """σ(q + Δq) ≥ σ_stop, to first order, for the smallest singular value σ."""

    name = "singularity"

    def __init__(self, singular_stop: float) -> None:
        self._stop = singular_stop

    def slack(self, context: Context) -> Floats:
        """Return σ − σ_stop ``(1,)``."""
        return np.array([smallest_singular_value(context.jacobian) - self._stop])

    def rows(self, context: Context) -> Rows:
        """Return one row."""
        gradient = np.empty((1, len(context.position)))
        for k, unit in enumerate(np.eye(len(context.position))):
            above = Context(context.model, context.position + STEP_RAD * unit, context.period_s)
            below = Context(context.model, context.position - STEP_RAD * unit, context.period_s)
            gradient[0, k] = -(self.slack(above)[0] - self.slack(below)[0]) / (2.0 * STEP_RAD)
        return Rows.of(gradient, np.maximum(self.slack(context), 0.0))
