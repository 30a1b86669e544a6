# SPDX-License-Identifier: Apache-2.0
"""Forward position and velocity commands: what is commanded is the reference at once, kicks included.

No ROS, no clock.
"""

from enum import Enum

import numpy as np

from vla_sim.controllers.trajectory import NS, Float64, Int64, JointSamples


class ForwardMode(Enum):
    """What the numbers mean."""

    POSITION = "position"  # [rad], held until the next one
    VELOCITY = "velocity"  # [rad/s], integrated until the next one


class ForwardController:
    """Passes the latest command on. Non-finite or wrongly sized commands change nothing, as in ros2_controllers."""

    def __init__(self, mode: ForwardMode, position: Float64, now_ns: int) -> None:
        """Start at rest at ``position (J,)`` [rad]."""
        self._mode = mode
        self._position = np.array(position, dtype=np.float64)
        self._velocity = np.zeros_like(self._position)
        self._since_ns = now_ns

    def command(self, values: Float64, now_ns: int) -> bool:
        """Take ``values (J,)``; return whether they were taken."""
        if values.shape != self._position.shape or not np.isfinite(values).all():
            return False
        self._position = self.sample(np.array([now_ns])).positions[0]
        self._since_ns = now_ns
        if self._mode is ForwardMode.POSITION:
            self._position = values.astype(np.float64)
        else:
            self._velocity = values.astype(np.float64)
        return True

    def hold(self, position: Float64, now_ns: int) -> None:
        """Rest at ``position (J,)`` [rad]."""
        self._position, self._since_ns = np.array(position, dtype=np.float64), now_ns
        self._velocity = np.zeros_like(self._position)

    def sample(self, times_ns: Int64) -> JointSamples:
        """Return the reference at ``times_ns (N,)``."""
        elapsed_s = ((times_ns - self._since_ns) * NS)[:, None]
        velocities = np.broadcast_to(self._velocity, (len(times_ns), len(self._velocity)))
        return JointSamples(self._position + elapsed_s * velocities, velocities, np.zeros_like(velocities))
