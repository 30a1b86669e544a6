# SPDX-License-Identifier: Apache-2.0
"""Velocity limits of the joints: constant, and the FR3's that depend on position."""

from __future__ import annotations

import numpy as np

from vla_safety.kernels.arrays import Floats
from vla_safety.kernels.verify import envelope_lower, envelope_upper
from vla_safety.limits.base import Context, Rows


class JointVelocityLimit:
    """|Δq|/T ≤ v_max, and within the position-dependent envelope where the robot has one."""

    name = "joint_velocity"

    def allowed(self, context: Context) -> Floats:
        """Return the largest speeds upwards and downwards ``(2, J)`` [rad/s], both >= 0."""
        bounds = context.model.bounds
        out = np.stack([bounds.velocity, bounds.velocity])
        for joint in np.flatnonzero(~np.isnan(bounds.envelope[0])):
            position = context.position[joint]
            out[0, joint] = min(out[0, joint], max(envelope_upper(bounds, joint, position), 0.0))
            out[1, joint] = min(out[1, joint], max(-envelope_lower(bounds, joint, position), 0.0))
        return out

    def rows(self, context: Context) -> Rows:
        """Return two rows per joint."""
        unit = np.eye(len(context.position))
        return Rows.of(np.concatenate([unit, -unit]), self.allowed(context).ravel() * context.period_s)
