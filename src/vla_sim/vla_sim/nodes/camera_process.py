# SPDX-License-Identifier: Apache-2.0
"""The process of the cameras: renders what it is told and publishes it, as a camera's own driver would. No physics.

A process of its own, because rendering on a processor takes milliseconds in which the physics could not run.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from sensor_msgs.msg import CameraInfo, Image

import rclpy
from rclpy.qos import qos_profile_sensor_data
from vla_sim.camera_world import CameraWorld
from vla_sim.controllers.trajectory import Float64
from vla_sim.errors import SimulationError
from vla_sim.nodes.conversions import camera_info_message, image_message
from vla_sim.scene.layout import SceneLayout

__all__ = ["CameraSettings", "CameraTopics", "Frame", "run_cameras"]


@dataclass(frozen=True, slots=True)
class CameraTopics:
    """Resolved names of one camera."""

    camera: str
    image: str
    info: str
    frame: str


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """What the process needs to know."""

    namespace: str
    height: int
    width: int
    topics: tuple[CameraTopics, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """One request: pictures of the positions ``(nq,)`` at a time."""

    stamp_ns: int
    positions: Float64
    cameras: tuple[str, ...]  # which are to be published
    frozen: tuple[str, ...] = ()  # of these, which show their last picture again


def run_cameras(connection: Connection, settings: CameraSettings, layout: SceneLayout) -> None:
    """Serve requests until the other end closes: a `SceneLayout` to show, or a `Frame` to render.

    The first answer is the GL back end's name, or the sentence of an error; then each request is answered by its stamp.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # it ends with its parent, by the closed connection
    try:
        world = CameraWorld(layout, settings.height, settings.width)
    except SimulationError as error:
        connection.send(error)
        return
    rclpy.init(args=[])
    node = rclpy.create_node(
        "sim_cameras",
        namespace=settings.namespace,
        use_global_arguments=False,
        enable_rosout=False,
        start_parameter_services=False,
    )
    cameras = {topics.camera: _Camera(node, topics) for topics in settings.topics}
    connection.send(world.backend)
    try:
        _serve(connection, world, cameras, layout)
    except (EOFError, OSError):
        pass  # the parent is gone
    finally:
        world.close()
        node.destroy_node()
        rclpy.try_shutdown()


def _serve(connection: Connection, world: CameraWorld, cameras: dict[str, _Camera], layout: SceneLayout) -> None:
    while True:
        request = connection.recv()
        if isinstance(request, SceneLayout):
            layout = request
            world.show(layout)
            continue
        views = dict(layout.cameras)
        for name in request.cameras:
            cameras[name].publish(world, request, views[name].fovy_deg)
        connection.send(request.stamp_ns)


class _Camera:
    """Publishers of one camera, and its last picture."""

    def __init__(self, node: Any, topics: CameraTopics) -> None:
        self._topics = topics
        self._images = node.create_publisher(Image, topics.image, qos_profile_sensor_data)
        self._infos = node.create_publisher(CameraInfo, topics.info, qos_profile_sensor_data)
        self._picture: np.ndarray | None = None

    def publish(self, world: CameraWorld, request: Frame, fovy_deg: float) -> None:
        """Render, unless the picture is frozen, and publish."""
        topics = self._topics
        if self._picture is None or topics.camera not in request.frozen:
            self._picture = world.render(request.positions, topics.camera)
        size = (self._picture.shape[0], self._picture.shape[1])
        self._infos.publish(camera_info_message(request.stamp_ns, topics.frame, size, fovy_deg))
        self._images.publish(image_message(request.stamp_ns, topics.frame, self._picture))
