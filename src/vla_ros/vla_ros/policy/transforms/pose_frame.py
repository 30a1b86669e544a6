# SPDX-License-Identifier: Apache-2.0
"""Tool poses relative to the tool at the observation, or to the row before, and displacements in the tool's yaw frame.

Rows on this side are ``x y z qx qy qz qw`` of the tool in the base.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.errors import ConfigError
from vla_ros.policy.rotation import matrix_from_quaternion, quaternion_from_matrix
from vla_ros.policy.transforms.action_transform import Origin

__all__ = ["DeltaPose", "RelativePose", "ToolYawFrame"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RelativePose:
    """Every row relative to the tool at the observation.

    In the frame ``tool``: position and rotation in the tool's frame at the observation. In the frame ``base``: the
    difference of positions in the base, and the rotation that is applied in the base (``R = ΔR · R_origin``).
    """

    frame: str = "tool"

    def __post_init__(self) -> None:
        if self.frame not in ("tool", "base"):
            raise ConfigError(f"the frame of relative poses must be tool or base, got '{self.frame}'")

    def __call__(self, rows: Array, origin: Origin) -> Array:
        """Return relative poses ``(T, 7)``."""
        rotations, start = matrix_from_quaternion(rows[:, 3:]), matrix_from_quaternion(origin.pose[3:])
        offset = rows[:, :3] - origin.pose[:3]
        if self.frame == "tool":
            return _rows(offset @ start, start.T @ rotations)
        return _rows(offset, rotations @ start.T)

    def inverse(self, rows: Array, origin: Origin) -> Array:
        """Return absolute poses ``(T, 7)``."""
        rotations, start = matrix_from_quaternion(rows[:, 3:]), matrix_from_quaternion(origin.pose[3:])
        if self.frame == "tool":
            return _rows(origin.pose[:3] + rows[:, :3] @ start.T, start @ rotations)
        return _rows(origin.pose[:3] + rows[:, :3], rotations @ start)


@dataclass(frozen=True, slots=True)
class DeltaPose:
    """Every row relative to the row before, the first to the tool at the observation; frames as ``RelativePose``."""

    frame: str = "base"

    def __post_init__(self) -> None:
        RelativePose(self.frame)

    def __call__(self, rows: Array, origin: Origin) -> Array:
        """Return steps ``(T, 7)``."""
        step, before = RelativePose(self.frame), np.concatenate([origin.pose[None], rows[:-1]])
        return np.concatenate([step(rows[i : i + 1], Origin(pose=before[i])) for i in range(len(rows))])

    def inverse(self, rows: Array, origin: Origin) -> Array:
        """Return absolute poses ``(T, 7)``."""
        step, poses = RelativePose(self.frame), [origin.pose[None]]
        for i in range(len(rows)):
            poses.append(step.inverse(rows[i : i + 1], Origin(pose=poses[-1][0])))
        return np.concatenate(poses[1:])


@dataclass(frozen=True, slots=True)
class ToolYawFrame:
    """A tool that points down: displacement in its yaw frame and change of yaw, ``(T, 4)``.

    "Points down with yaw ψ" is the rotation ``Rz(ψ) · Rx(π)``. The four numbers cannot hold a tilt; what tilts
    comes back upright.
    """

    def __call__(self, rows: Array, origin: Origin) -> Array:
        """Return ``dx dy dz`` [m] and ``dψ`` [rad] within ±π."""
        yaw = _yaw(origin.pose[3:])
        turn = (_yaw(rows[:, 3:]) - yaw + np.pi) % (2.0 * np.pi) - np.pi
        return np.column_stack([(rows[:, :3] - origin.pose[:3]) @ _about_z(yaw), turn])

    def inverse(self, rows: Array, origin: Origin) -> Array:
        """Return poses ``(T, 7)`` that point down."""
        yaw = _yaw(origin.pose[3:])
        half = (yaw + rows[:, 3]) / 2.0
        zero = np.zeros_like(half)
        position = origin.pose[:3] + rows[:, :3] @ _about_z(yaw).T
        return np.column_stack([position, np.cos(half), np.sin(half), zero, zero])


def _rows(position: Array, rotation: Array) -> Array:
    return np.concatenate([position, quaternion_from_matrix(rotation)], axis=1)


def _yaw(quaternion: Array) -> Array:
    matrix = matrix_from_quaternion(quaternion)
    return np.asarray(np.arctan2(matrix[..., 1, 0], matrix[..., 0, 0]))


def _about_z(angle: Array) -> Array:
    c, s = float(np.cos(angle)), float(np.sin(angle))
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
