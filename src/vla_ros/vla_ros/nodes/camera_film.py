# SPDX-License-Identifier: Apache-2.0
"""Films a camera topic and writes first picture, last picture and film strip. Wiring only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sensor_msgs.msg import Image

from rclpy.node import Node
from vla_ros.console.film import Film, write_picture
from vla_ros.contract import ImageSpec
from vla_ros.errors import VlaError
from vla_ros.ingest.images import decode_image
from vla_ros.interfaces import QosKind
from vla_ros.nodes.conversions import stamp_ns
from vla_ros.nodes.qos import qos_profile

__all__ = ["CameraFilm"]

_PICTURES, _COLUMNS = 8, 4


class CameraFilm:
    """Keeps pictures of a camera from now on; the newest is always known."""

    def __init__(self, node: Node, topic: str) -> None:
        self._film = Film()
        self._latest: Any = None
        self._topic = topic
        node.create_subscription(Image, topic, self._on_image, qos_profile(QosKind.SENSOR))

    def write(self, folder: Path) -> list[str]:
        """Write the pictures and return lines that say where, or why there are none."""
        if self._latest is None:
            return [f"no pictures: nothing came on '{self._topic}'"]
        try:
            self._film.add(stamp_ns(self._latest.header.stamp), _decoded(self._latest))
            write_picture(folder / "start.png", self._film.pictures[0])
            write_picture(folder / "end.png", self._film.pictures[-1])
            write_picture(folder / "strip.png", self._film.strip(_PICTURES, _COLUMNS))
        except VlaError as error:
            return [f"no pictures: {error}"]
        return [f"pictures: {folder}/start.png, end.png, strip.png"]

    def _on_image(self, message: Image) -> None:
        self._latest = message
        stamp = stamp_ns(message.header.stamp)
        if self._film.wants(stamp):
            self._film.add(stamp, _decoded(message))


def _decoded(message: Image) -> Any:
    return decode_image(message, ImageSpec(width=message.width, height=message.height))
