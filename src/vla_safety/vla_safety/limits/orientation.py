# SPDX-License-Identifier: Apache-2.0
"""The cone that an axis of the tool stays in."""

from __future__ import annotations

import numpy as np

from vla_safety.kernels.arrays import Floats
from vla_safety.limits.base import Context, Rows


class OrientationLimit:
    """cos of the angle between the tool's axis a and the cone's axis c is at least cos θ: d(a·c) = (a × c)·ω."""

    name = "orientation"

    def slack(self, context: Context) -> Floats:
        """Return a·c − cos θ ``(1,)``."""
        tool, axis = context.model.bounds.tool, self._axis(context)
        return np.array([axis @ context.model.bounds.cone_axis - tool[2]])

    def rows(self, context: Context) -> Rows:
        """Return one row, or none where no cone is configured."""
        if context.model.bounds.tool[7] < 0.5:
            return Rows(np.empty((0, len(context.position))), np.empty(0))
        across = np.cross(self._axis(context), context.model.bounds.cone_axis)
        gradient = -(across @ context.jacobian[3:])[None]
        return Rows.of(gradient, np.maximum(self.slack(context), 0.0))

    @staticmethod
    def _axis(context: Context) -> Floats:
        return context.frames[0][-1] @ context.model.bounds.tool[4:7]
