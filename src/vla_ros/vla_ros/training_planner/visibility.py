# SPDX-License-Identifier: Apache-2.0
"""How much of a thing a camera sees: rays to points of it. No pictures are drawn and no labels are made."""

from __future__ import annotations

import mujoco
import numpy as np
import numpy.typing as npt

__all__ = ["shown_share"]

_SPREAD = 0.6  # of the half size: far enough from the middle to notice a half that is hidden
_GROUPS = np.array([1, 1, 1, 0, 0, 0], np.uint8)  # what is drawn; collision shapes are in group 3
_SLACK_M = 0.03  # a ray ends on the near side of a thing, not at its middle


def shown_share(
    model: mujoco.MjModel, data: mujoco.MjData, camera: str, centre: npt.NDArray[np.float64], half_m: float
) -> float:
    """Return the share (0..1) of nine rays to a thing of size ``half_m`` at ``centre (3,)`` [m] that reach it."""
    index = model.camera(camera).id
    eye, axes = data.cam_xpos[index], data.cam_xmat[index].reshape(3, 3)
    offsets = _SPREAD * half_m * np.stack(np.meshgrid([-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0]), axis=-1).reshape(-1, 2)
    rays = centre + offsets @ axes[:, :2].T - eye
    lengths = np.linalg.norm(rays, axis=1)
    count = len(rays)
    hits, distances = np.full(count, -1, np.int32), np.zeros(count)
    directions = np.ascontiguousarray(rays / lengths[:, None]).reshape(-1)
    mujoco.mj_multiRay(model, data, np.array(eye), directions, _GROUPS, 1, -1, hits, distances, None, count, 10.0)
    return float(np.mean((hits < 0) | (distances > lengths - half_m - _SLACK_M)))
