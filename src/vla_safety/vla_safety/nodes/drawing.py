# SPDX-License-Identifier: Apache-2.0
"""What safety sees as markers for RViz: limits from the configuration, motions from messages. No node, no topics."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import numpy as np
from geometry_msgs.msg import Point
from std_msgs.msg import ColorRGBA
from visualization_msgs.msg import Marker

from vla_safety.arm_model import ArmModel
from vla_safety.config import SafetyConfig
from vla_safety.kernels.arrays import Floats
from vla_safety.kernels.kinematics import forward
from vla_safety.nodes.conversions import RefusedError, reference_from_message
from vla_safety.types import ReferenceKind

__all__ = ["Drawing"]

LINE_M, STOP_M = 0.006, 0.03
GREY, BLUE, GREEN, ORANGE, RED = (
    (0.6, 0.6, 0.6, 0.6),
    (0.2, 0.4, 1.0, 0.9),
    (0.1, 0.8, 0.3, 1.0),
    (1.0, 0.6, 0.1, 1.0),
    (1.0, 0.1, 0.1, 1.0),
)


class Drawing:
    """Draws in the frame of the arm's base; each marker is gone ``lifetime_s`` after nobody draws it any more."""

    def __init__(self, config: SafetyConfig, lifetime_s: float) -> None:
        self._config = config
        self._lifetime_ns = round(lifetime_s * 1e9)
        self._base = f"{config.robot}_link0"

    def limits(self) -> list[Marker]:
        """Return the workspace of the tool as edges, and the boxes to keep away from."""
        workspace = self._marker("workspace", Marker.LINE_LIST, GREY)
        tool = self._config.tool
        workspace.points = _points(box_edges(tool.workspace_lower_m, tool.workspace_upper_m))
        markers = [workspace]
        for box in self._config.collision.boxes:
            low, high = np.array(box.lower_m), np.array(box.upper_m)
            marker = self._marker(f"box/{box.name}", Marker.CUBE, (*GREY[:3], 0.25))
            marker.pose.position.x, marker.pose.position.y, marker.pose.position.z = (0.5 * (low + high)).tolist()
            marker.scale.x, marker.scale.y, marker.scale.z = (high - low).tolist()
            markers.append(marker)
        return markers

    def reference(self, model: ArmModel, message: Any) -> list[Marker]:
        """Return the tool's line of an ``ActionChunk``; nothing for one that is refused or has only velocities."""
        try:
            reference = reference_from_message(message, self._config.joints.names, self._base)
        except RefusedError:
            return []
        if reference.kind is ReferenceKind.JOINT_POSITION:
            return [self._line("reference", tool_points(model, reference.rows), BLUE)]
        if reference.kind is ReferenceKind.TOOL_POSE:
            return [self._line("reference", reference.rows[:, :3], BLUE)]
        return []

    def path(self, model: ArmModel, message: Any) -> list[Marker]:
        """Return the tool's line of a ``JointTrajectory``."""
        if not message.points:
            return []
        rows = np.array([point.positions for point in message.points])
        return [self._line("verified_path", tool_points(model, rows), GREEN)]

    def stop(self, model: ArmModel, message: Any) -> list[Marker]:
        """Return where the tool comes to rest by a ``SafetyState``."""
        if len(message.stop_position) != len(self._config.joints.names):
            return []
        marker = self._marker("stop", Marker.SPHERE, RED if message.estop_latched else ORANGE)
        point = tool_points(model, np.array([message.stop_position]))[0]
        marker.pose.position.x, marker.pose.position.y, marker.pose.position.z = point.tolist()
        marker.scale.x = marker.scale.y = marker.scale.z = STOP_M
        return [marker]

    def _marker(self, name: str, kind: int, color: tuple[float, ...]) -> Marker:
        marker = Marker(ns=name, type=kind, action=Marker.ADD, color=ColorRGBA(**dict(zip("rgba", color, strict=True))))
        marker.header.frame_id = self._base
        marker.pose.orientation.w = 1.0
        marker.scale.x = LINE_M
        marker.lifetime.sec, marker.lifetime.nanosec = divmod(self._lifetime_ns, 1_000_000_000)
        return marker

    def _line(self, name: str, points: Floats, color: tuple[float, ...]) -> Marker:
        marker = self._marker(name, Marker.LINE_STRIP, color)
        marker.points = _points(points)
        return marker


def _points(points: Floats) -> list[Point]:
    return [Point(x=x, y=y, z=z) for x, y, z in points.tolist()]


def box_edges(lower: tuple[float, ...], upper: tuple[float, ...]) -> Floats:
    """Return the ends of the 12 edges of a box, ``(24, 3)``, from two of its corners."""
    corners = np.array(list(product(*zip(lower, upper, strict=True))))  # the bits of an index choose lower or upper
    edges = [pair for pair in combinations(range(8), 2) if (pair[0] ^ pair[1]).bit_count() == 1]
    return corners[np.array(edges).ravel()]


def tool_points(model: ArmModel, rows: Floats) -> Floats:
    """Return where the tool is at each of ``rows (N, J)`` [rad], ``(N, 3)`` [m] in the base."""
    joints = rows.shape[1]
    rotation, origin, points = np.empty((joints + 1, 3, 3)), np.empty((joints + 1, 3)), np.empty((len(rows), 3))
    for index, row in enumerate(np.ascontiguousarray(rows)):
        forward(model.chain, row, rotation, origin)
        points[index] = origin[-1]
    return points
