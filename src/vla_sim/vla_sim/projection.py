# SPDX-License-Identifier: Apache-2.0
"""Where a point of the base frame appears in a camera's picture: the pinhole that MuJoCo renders. No pictures.

    u = 1/2 + x / (2 d a tan(f/2)),   v = 1/2 - y / (2 d tan(f/2)),   (x, y, -d) = R^T (p - c)

f: vertical field of view, a: width over height, R and c: the camera's rotation (right, up, backward) and place.
"""

import mujoco
import numpy as np

from vla_sim.controllers.trajectory import Float64


def project(
    model: mujoco.MjModel, data: mujoco.MjData, camera: str, points: Float64, aspect: float = 1.0
) -> tuple[Float64, np.ndarray]:
    """Return the places of ``points (N, 3)`` [m] as ``(N, 2)`` shares of width (right) and height (down).

    Also returns ``(N,)`` whether each is inside the picture (0 to 1) and before the camera;
    what hides it is not considered.
    """
    index = model.camera(camera).id
    local = (points - data.cam_xpos[index]) @ data.cam_xmat[index].reshape(3, 3)
    depth = np.maximum(-local[:, 2], 1e-6)
    half = depth * np.tan(np.radians(model.cam_fovy[index]) / 2)
    shares = np.stack([0.5 + local[:, 0] / (2 * half * aspect), 0.5 - local[:, 1] / (2 * half)], axis=1)
    inside = (local[:, 2] < 0.0) & (shares >= 0.0).all(axis=1) & (shares <= 1.0).all(axis=1)
    return shares, inside
