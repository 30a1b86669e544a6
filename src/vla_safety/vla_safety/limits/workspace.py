# SPDX-License-Identifier: Apache-2.0
"""The box that the tool point stays in."""

from __future__ import annotations

import numpy as np

from vla_safety.kernels.arrays import Floats
from vla_safety.limits.base import Context, Rows


class WorkspaceLimit:
    """p(q + Δq) within the box, to first order."""

    name = "workspace"

    def slack(self, context: Context) -> Floats:
        """Return the distances to upper and lower faces ``(6,)`` [m]."""
        point, (lower, upper) = context.frames[1][-1], context.model.bounds.workspace
        return np.concatenate([upper - point, point - lower])

    def rows(self, context: Context) -> Rows:
        """Return six rows; a point that is outside may not go farther out."""
        linear = context.jacobian[:3]
        return Rows.of(np.concatenate([linear, -linear]), np.maximum(self.slack(context), 0.0))
