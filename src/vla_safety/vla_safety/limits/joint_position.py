# SPDX-License-Identifier: Apache-2.0
"""Position limits of the joints, approached no faster than braking allows."""

from __future__ import annotations

import numpy as np

from vla_safety.kernels.arrays import Floats
from vla_safety.limits.base import Context, Rows


class JointPositionLimit:
    """q + Δq within limits, and |Δq|/T ≤ √(2 a d) for the distance d to the limit ahead."""

    name = "joint_position"

    def slack(self, context: Context) -> Floats:
        """Return the distances to upper and lower limits ``(2 J,)`` [rad]."""
        bounds = context.model.bounds
        return np.concatenate([bounds.position_upper - context.position, context.position - bounds.position_lower])

    def rows(self, context: Context) -> Rows:
        """Return two rows per joint; a joint that is outside may not go farther out."""
        slack = np.maximum(self.slack(context), 0.0)
        braking = np.sqrt(2.0 * np.tile(context.model.bounds.acceleration, 2) * slack) * context.period_s
        unit = np.eye(len(context.position))
        return Rows.of(np.concatenate([unit, -unit]), np.minimum(slack, braking))
