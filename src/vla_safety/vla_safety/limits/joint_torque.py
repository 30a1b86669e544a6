# SPDX-License-Identifier: Apache-2.0
"""Torque limits of the joints, from the dynamics."""

from __future__ import annotations

import numpy as np

from vla_safety.kernels.arrays import Floats
from vla_safety.kernels.dynamics import torques
from vla_safety.limits.base import Context, Rows


class JointTorqueLimit:
    """|M(q) a + b(q, v)| ≤ τ_max with a = (Δq/T − v)/T: linear in Δq, for M and b are taken at the row's start."""

    name = "joint_torque"

    def torque(self, context: Context, acceleration: Floats) -> Floats:
        """Return the torques ``(J,)`` [N m] at an acceleration ``(J,)`` [rad/s²]."""
        return torques(context.model.chain, context.frames[0], np.stack([context.velocity, acceleration]))

    def rows(self, context: Context) -> Rows:
        """Return two rows per joint."""
        joints = len(context.position)
        still = self.torque(context, np.zeros(joints))
        inertia = np.stack([self.torque(context, unit) - still for unit in np.eye(joints)], axis=1)
        gradient = inertia / context.period_s**2
        bias = still - inertia @ context.velocity / context.period_s
        top = context.model.bounds.torque
        return Rows.of(np.concatenate([gradient, -gradient]), np.concatenate([top - bias, top + bias]))
