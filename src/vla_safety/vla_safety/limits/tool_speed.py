# SPDX-License-Identifier: Apache-2.0
"""Linear and angular speed of the tool."""

from __future__ import annotations

import numpy as np

from vla_safety.limits.base import Context, Rows

# Rows are planes, the limit is a ball: this cube lies inside it.
INSIDE = 1.0 / np.sqrt(3.0)


class ToolSpeedLimit:
    """|J Δq|/T ≤ V for the linear and the angular part, each by the six faces of the cube inside the ball."""

    name = "tool_speed"

    def rows(self, context: Context) -> Rows:
        """Return twelve rows."""
        top = np.repeat(context.model.bounds.tool[:2], 3) * context.period_s * INSIDE
        return Rows.of(np.concatenate([context.jacobian, -context.jacobian]), np.concatenate([top, top]))
