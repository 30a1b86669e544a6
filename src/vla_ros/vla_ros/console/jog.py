# SPDX-License-Identifier: Apache-2.0
"""Moves a tool target by steps at a bounded speed, as rows of absolute poses. No ROS, no clock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

__all__ = ["Jog", "JogRows"]

Float64 = npt.NDArray[np.float64]

ROWS, PERIOD_NS = 8, 50_000_000  # 0.4 s ahead, renewed ten times a second; the last row is repeated, so it ends at rest
_SPEED_M_S, _TURN_RAD_S = 0.10, 0.6  # slow enough to follow by eye
_NS_PER_S = 1e9


@dataclass(frozen=True, slots=True, eq=False)
class JogRows:
    """Poses ``(ROWS, 7)``: x y z [m], qx qy qz qw in the base frame; row 0 is due at ``stamp_ns``."""

    stamp_ns: int
    poses: Float64


class Jog:
    """A target that begins where the tool is and follows the operator's steps."""

    def __init__(self, now_ns: int, position_m: Float64, quaternion_xyzw: Float64) -> None:
        self._position_m = self._goal_m = np.asarray(position_m, np.float64)
        self._upright = Rotation.from_quat(quaternion_xyzw)
        self._yaw_rad = self._goal_yaw_rad = 0.0
        self._now_ns = now_ns

    def move(self, translation_m: tuple[float, float, float], yaw_rad: float) -> None:
        """Shift the goal in the base frame."""
        self._goal_m = self._goal_m + np.asarray(translation_m)
        self._goal_yaw_rad += yaw_rad

    def step(self, now_ns: int) -> JogRows:
        """Advance the target to ``now_ns`` and return its next poses."""
        elapsed_s = max(0, now_ns - self._now_ns) / _NS_PER_S
        self._position_m, self._yaw_rad = self._after(elapsed_s)
        self._now_ns = now_ns
        ahead = [self._after(index * PERIOD_NS / _NS_PER_S) for index in range(ROWS)]
        turns = Rotation.from_rotvec([[0.0, 0.0, yaw] for _, yaw in ahead]) * self._upright
        return JogRows(now_ns, np.hstack([np.stack([position for position, _ in ahead]), turns.as_quat()]))

    def _after(self, seconds: float) -> tuple[Float64, float]:
        way = self._goal_m - self._position_m
        length = float(np.linalg.norm(way))
        share = 1.0 if length < 1e-9 else min(1.0, _SPEED_M_S * seconds / length)
        reach = _TURN_RAD_S * seconds
        turn = float(np.clip(self._goal_yaw_rad - self._yaw_rad, -reach, reach))
        return self._position_m + share * way, self._yaw_rad + turn
