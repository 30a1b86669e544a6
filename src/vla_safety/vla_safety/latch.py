# SPDX-License-Identifier: Apache-2.0
"""The latched stop: what sets it, what it takes to clear it. No motion.

It is a protective hold of this software and no emergency stop: power stays on, and nothing here is safety-rated.
"""

from __future__ import annotations

import numpy as np

from vla_safety.config import TrackingConfig
from vla_safety.kernels.arrays import Floats
from vla_safety.types import RobotState


class Latch:
    """Set by an operator or by a fault; cleared only by an explicit reset at rest. The first reason is kept."""

    def __init__(self) -> None:
        self._reason = ""

    @property
    def is_latched(self) -> bool:
        """Return whether motion is forbidden."""
        return bool(self._reason)

    @property
    def reason(self) -> str:
        """Return why, empty if not latched."""
        return self._reason

    def set(self, reason: str) -> None:
        """Latch; a later reason does not replace the first one."""
        self._reason = self._reason or reason or "unspecified"

    def clear(self, config: TrackingConfig, now_ns: int, state: RobotState) -> str:
        """Clear the latch if the arm rests and its state is fresh; return why not, or an empty string."""
        if not (np.isfinite(state.q).all() and np.isfinite(state.v).all()):
            return "the measured state is not finite"
        age_s = (now_ns - state.stamp_ns) * 1e-9
        if age_s > config.max_state_age_s:
            return f"the newest state is {age_s:.3f} s old, {config.max_state_age_s} s are allowed"
        speed = float(np.abs(state.v).max())
        if speed > config.max_rest_speed_rad_s:
            return f"the arm moves at {speed:.3f} rad/s"
        self._reason = ""
        return ""

    def watch(self, config: TrackingConfig, now_ns: int, state: RobotState, commanded: Floats) -> str:
        """Latch on a fault of the arm; return a reason to brake without latching, or an empty string.

        Args:
            config: What is allowed.
            now_ns: Now.
            state: Newest measurement.
            commanded: Position at ``now_ns`` ``(J,)`` [rad].
        """
        if not (np.isfinite(state.q).all() and np.isfinite(state.v).all()):
            self.set("non_finite_state")
            return self._reason
        age_s = (now_ns - state.stamp_ns) * 1e-9
        if age_s > config.max_state_age_s:
            return f"stale_state: {age_s:.3f} s old"
        # The command runs ahead of the measurement by its age.
        error = np.abs(commanded - state.q) - np.abs(state.v) * max(age_s, 0.0)
        worst = int(np.argmax(error))
        if error[worst] > config.max_tracking_error_rad:
            self.set(f"tracking_error: joint {worst + 1} is {error[worst]:.3f} rad off its command")
            return self._reason
        return ""
