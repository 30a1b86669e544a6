# SPDX-License-Identifier: Apache-2.0
"""Acceleration limits of the joints."""

from __future__ import annotations

import numpy as np

from vla_safety.limits.base import Context, Rows


class JointAccelerationLimit:
    """|Δq/T − v|/T ≤ a_max, with v the velocity of the row before."""

    name = "joint_acceleration"

    def rows(self, context: Context) -> Rows:
        """Return two rows per joint."""
        unit = np.eye(len(context.position))
        coast = context.velocity * context.period_s
        room = context.model.bounds.acceleration * context.period_s**2
        return Rows.of(np.concatenate([unit, -unit]), np.concatenate([room + coast, room - coast]))
