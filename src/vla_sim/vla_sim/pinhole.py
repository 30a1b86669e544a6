# SPDX-License-Identifier: Apache-2.0
"""Intrinsics of the simulated cameras. No images."""

import numpy as np


def intrinsics(height: int, width: int, fovy_deg: float) -> tuple[float, float, float]:
    """Return focal length and principal point x, y [px] of a camera with square pixels.

    Args:
        height: Rows.
        width: Columns.
        fovy_deg: Vertical field of view.
    """
    focal = 0.5 * height / np.tan(0.5 * np.deg2rad(fovy_deg))
    return float(focal), 0.5 * width - 0.5, 0.5 * height - 0.5
