# SPDX-License-Identifier: Apache-2.0
"""Jerk limits of the joints."""

from __future__ import annotations

import numpy as np

from vla_safety.limits.base import Context, Rows


class JointJerkLimit:
    """|(Δq/T − v)/T − a|/T ≤ j_max, with v and a of the row before."""

    name = "joint_jerk"

    def rows(self, context: Context) -> Rows:
        """Return two rows per joint."""
        unit = np.eye(len(context.position))
        coast = context.velocity * context.period_s + context.acceleration * context.period_s**2
        room = context.model.bounds.jerk * context.period_s**3
        return Rows.of(np.concatenate([unit, -unit]), np.concatenate([room + coast, room - coast]))
