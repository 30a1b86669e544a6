# SPDX-License-Identifier: Apache-2.0
"""From an observation to the network's inputs, and from its output to tool poses. Pure numpy, for every back end.

Actions are displacements of the tool in its own yaw frame, relative to where it was measured: the rows are made
absolute with the pose of the observation that they were inferred from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.errors import PolicyError
from vla_ros.policy.flow.arm import tool_pose, yaw_of
from vla_ros.policy.rotation import quaternion_from_matrix

__all__ = ["Scaling", "ToolState", "proprioception", "relative_rows", "tool_rows"]

Array = npt.NDArray[np.float64]

OPEN_WIDTH_M = 0.08  # stroke of the Franka Hand


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """Normalisation ``(physical - offset) / scale`` of actions ``(T, A)`` and of proprioception ``(P,)``."""

    action_offset: Array
    action_scale: Array
    proprioception_offset: Array
    proprioception_scale: Array

    def __post_init__(self) -> None:
        if self.action_offset.shape != self.action_scale.shape:
            raise PolicyError("offset and scale of the actions differ in shape")
        if self.proprioception_offset.shape != self.proprioception_scale.shape:
            raise PolicyError("offset and scale of the proprioception differ in shape")
        if not ((self.action_scale > 0.0).all() and (self.proprioception_scale > 0.0).all()):
            raise PolicyError("a scale of the normalisation is not positive")

    def normalised_actions(self, actions: Array) -> Array:
        """Return actions ``(..., T, A)`` as the network sees them."""
        return (actions - self.action_offset) / self.action_scale

    def physical_actions(self, normalised: Array) -> Array:
        """Return actions ``(..., T, A)`` in metres and radians; the inverse of :meth:`normalised_actions`."""
        return normalised * self.action_scale + self.action_offset

    def normalised_proprioception(self, values: Array) -> Array:
        """Return proprioception ``(..., P)`` as the network sees it."""
        return (values - self.proprioception_offset) / self.proprioception_scale


@dataclass(frozen=True, slots=True, eq=False)
class ToolState:
    """Where the tool was measured: position ``(3,)`` [m] and yaw [rad] in the base."""

    position: Array
    yaw_rad: float


def proprioception(joints_rad: Array, width_m: float) -> tuple[Array, ToolState]:
    """Return ``(13,)`` physical proprioception, and the tool: joints, width, tool position, sine and cosine of yaw."""
    position, rotation = tool_pose(joints_rad)
    yaw = float(yaw_of(rotation))
    values = np.concatenate([joints_rad, [width_m], position, [np.sin(yaw), np.cos(yaw)]])
    return values, ToolState(position, yaw)


def tool_rows(actions: Array, tool: ToolState) -> tuple[Array, Array]:
    """Return absolute tool poses ``(T, 7)`` x y z [m] qx qy qz qw in the base, and gripper widths ``(T,)`` [m].

    The tool points down: its rotation is ``Rz(yaw) · diag(1, -1, -1)``.
    """
    c, s = np.cos(tool.yaw_rad), np.sin(tool.yaw_rad)
    x, y = actions[:, 0], actions[:, 1]
    position = tool.position + np.stack([c * x - s * y, s * x + c * y, actions[:, 2]], axis=1)
    yaw = tool.yaw_rad + actions[:, 3]
    zero, one = np.zeros_like(yaw), np.ones_like(yaw)
    columns = [[np.cos(yaw), np.sin(yaw), zero], [np.sin(yaw), -np.cos(yaw), zero], [zero, zero, -one]]
    rotation = np.stack([np.stack(row, axis=-1) for row in columns], axis=-2)
    return np.hstack([position, quaternion_from_matrix(rotation)]), np.where(actions[:, 4] > 0.0, OPEN_WIDTH_M, 0.0)


def relative_rows(position: Array, yaw_rad: Array, width_m: Array, tool: ToolState) -> Array:
    """Return actions ``(T, 5)`` of tool positions ``(T, 3)`` [m], yaws ``(T,)`` [rad] and gripper widths ``(T,)`` [m].

    The inverse of :func:`tool_rows` for a tool that points down; a yaw is turned by less than half a turn.
    """
    c, s = np.cos(tool.yaw_rad), np.sin(tool.yaw_rad)
    moved = position - tool.position
    turned = np.remainder(yaw_rad - tool.yaw_rad + np.pi, 2.0 * np.pi) - np.pi
    open_or_closed = np.where(width_m > 0.5 * OPEN_WIDTH_M, 1.0, -1.0)
    x, y = moved[:, 0], moved[:, 1]
    return np.stack([c * x + s * y, c * y - s * x, moved[:, 2], turned, open_or_closed], axis=1)
