# SPDX-License-Identifier: Apache-2.0
"""The arm's own stop after a reflex: every joint brakes at its acceleration limit and rests. Pure functions of time."""

import numpy as np

from vla_sim.controllers.trajectory import NS, Float64, Int64, JointSamples
from vla_sim.limits import ArmLimits


class StopReference:
    """Constant deceleration from a moving reference; joint by joint, as brakes do."""

    def __init__(self, reference: JointSamples, limits: ArmLimits, now_ns: int) -> None:
        """Begin at ``reference`` (each ``(J,)``) at ``now_ns``."""
        self._position = reference.positions.copy()
        self._velocity = np.clip(reference.velocities, -limits.velocity, limits.velocity)
        self._deceleration = limits.acceleration
        self._since_ns = now_ns

    @property
    def end(self) -> Float64:
        """Where the joints come to rest, ``(J,)`` [rad]."""
        return self._position + 0.5 * self._velocity * np.abs(self._velocity) / self._deceleration

    def sample(self, times_ns: Int64) -> JointSamples:
        """Return the reference at ``times_ns (N,)``."""
        duration_s = np.abs(self._velocity) / self._deceleration
        t = np.minimum(((times_ns - self._since_ns) * NS)[:, None], duration_s)
        acceleration = np.where(t < duration_s, -np.sign(self._velocity) * self._deceleration, 0.0)
        velocity = self._velocity - np.sign(self._velocity) * self._deceleration * t
        return JointSamples(
            self._position + t * (self._velocity + velocity) / 2, np.where(t < duration_s, velocity, 0.0), acceleration
        )
