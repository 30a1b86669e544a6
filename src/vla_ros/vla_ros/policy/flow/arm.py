# SPDX-License-Identifier: Apache-2.0
"""Tool pose of a Franka arm from its joint positions. Pure numpy; any other arm needs a table of its own.

The observation carries joints, not the tool: that keeps the contract to what every driver publishes, and lets training
and serving compute the pose by the same code.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["ARM_JOINTS", "tool_pose", "yaw_of"]

Array = npt.NDArray[np.float64]

# Modified Denavit-Hartenberg parameters of Panda and FR3 (Franka Control Interface documentation): a [m], d [m], alpha.
DENAVIT_HARTENBERG = (
    (0.0, 0.333, 0.0),
    (0.0, 0.0, -np.pi / 2),
    (0.0, 0.316, np.pi / 2),
    (0.0825, 0.0, np.pi / 2),
    (-0.0825, 0.384, -np.pi / 2),
    (0.0, 0.0, np.pi / 2),
    (0.088, 0.0, np.pi / 2),
)
ARM_JOINTS = len(DENAVIT_HARTENBERG)
FLANGE_M = 0.107
HAND_YAW_RAD = -np.pi / 4  # of the hand on the flange
HAND_TCP_M = 0.1034  # franka_description: hand_tcp in the hand


def tool_pose(joints_rad: Array) -> tuple[Array, Array]:
    """Return the tool's position ``(..., 3)`` [m] and rotation ``(..., 3, 3)`` in the base at ``joints_rad (..., 7)``.

    The tool is franka_description's ``hand_tcp``: between the finger tips, z out of the hand, y along the fingers.
    """
    transform = np.broadcast_to(np.eye(4), (*joints_rad.shape[:-1], 4, 4))
    for index, (a, d, alpha) in enumerate(DENAVIT_HARTENBERG):
        transform = transform @ _link(joints_rad[..., index], a, d, alpha)
    hand = _link(np.asarray(HAND_YAW_RAD), 0.0, FLANGE_M + HAND_TCP_M, 0.0)
    transform = transform @ hand
    return transform[..., :3, 3], transform[..., :3, :3]


def yaw_of(rotation: Array) -> Array:
    """Return the yaw ``(...)`` [rad] about the base's z of tools ``(..., 3, 3)`` that point (about) down."""
    return np.asarray(np.arctan2(rotation[..., 1, 0], rotation[..., 0, 0]))


def _link(angle: Array, a: float, d: float, alpha: float) -> Array:
    c, s = np.cos(angle), np.sin(angle)
    c_alpha, s_alpha = np.cos(alpha), np.sin(alpha)
    zero, one = np.zeros_like(c), np.ones_like(c)
    rows = [
        [c, -s, zero, a * one],
        [s * c_alpha, c * c_alpha, -s_alpha * one, -d * s_alpha * one],
        [s * s_alpha, c * s_alpha, c_alpha * one, d * c_alpha * one],
        [zero, zero, zero, one],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
