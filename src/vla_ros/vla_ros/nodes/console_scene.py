# SPDX-License-Identifier: Apache-2.0
"""Carries robot, frames, objects and markers into the console's stage. Wiring only."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from std_msgs.msg import String
from visualization_msgs.msg import MarkerArray
from vla_msgs.msg import GroundTruth

from ament_index_python.packages import get_package_share_directory
from rclpy.node import Node
from rclpy.time import Time
from tf2_ros import Buffer, TransformException, TransformListener
from vla_ros.console.robot import read_visuals
from vla_ros.console.stage import Pose, Stage, Thing

__all__ = ["ConsoleScene"]

_LINE_STRIP = 4  # visualization_msgs/Marker.LINE_STRIP


class ConsoleScene:
    """What is seen in three dimensions, in the frame ``base``."""

    def __init__(self, node: Node, base: str, stage: Stage) -> None:
        self._base, self._stage = base, stage
        self.buffer = Buffer()
        self._listener = TransformListener(self.buffer, node)

    def place(self) -> None:
        """Move the links to where the frames are now."""
        self._stage.place(self._poses())

    def show_description(self, message: String) -> None:
        """Show the robot of a description."""
        self._stage.show_robot(read_visuals(message.data, get_package_share_directory))

    def show_truth(self, message: GroundTruth) -> None:
        """Show the objects of a simulated scene."""
        things = [
            Thing(
                item.name, item.shape, item.color, np.array(item.size), _pose(item.pose.position, item.pose.orientation)
            )
            for item in message.objects
        ]
        self._stage.show_things(things)

    def show_safety_markers(self, message: MarkerArray) -> None:
        """Show the lines that safety draws."""
        for marker in message.markers:
            if marker.type == _LINE_STRIP:
                points = np.array([(point.x, point.y, point.z) for point in marker.points])
                colour = tuple(round(255 * value) for value in (marker.color.r, marker.color.g, marker.color.b))
                self._stage.show_line(f"{marker.ns}_{marker.id}", points.reshape(-1, 3), colour)

    def _poses(self) -> dict[str, Pose]:
        found = {}
        for link in self._stage.links:
            try:
                transform = self.buffer.lookup_transform(self._base, link, Time()).transform
            except TransformException:
                continue
            found[link] = _pose(transform.translation, transform.rotation)
        return found


def _pose(position: Any, rotation: Any) -> Pose:
    wxyz = np.array([rotation.w, rotation.x, rotation.y, rotation.z])
    length = math.sqrt(float(wxyz @ wxyz)) or 1.0
    return Pose(np.array([position.x, position.y, position.z]), wxyz / length)
