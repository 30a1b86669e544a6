# SPDX-License-Identifier: Apache-2.0
"""The three-dimensional part of the console: arm, things on the table, paths. Draws what it is told, knows no ROS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vla_ros.console.robot import Visual

__all__ = ["Pose", "Stage", "Thing"]

Float64 = npt.NDArray[np.float64]

_EYE, _LOOK_AT = (1.45, -0.75, 0.95), (0.35, 0.0, 0.2)  # in front of the table, the arm in the middle [m]
_PHONE = (1.7, -0.9, 1.1), (0.96, -0.39, -0.14)  # farther and lower: a phone shows the panel over its lower part [m]
_COLOURS = {
    "red": (214, 48, 49),
    "green": (39, 174, 96),
    "blue": (41, 98, 200),
    "yellow": (241, 196, 15),
    "orange": (230, 126, 34),
    "purple": (142, 68, 173),
    "white": (236, 240, 241),
    "black": (45, 52, 54),
}
_UNKNOWN = (150, 150, 150)
_TABLE = (196, 178, 150)
_BIN = (150, 104, 60)
_WALL_M = 0.006  # of a bin, as drawn


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """A frame in the base frame: position ``(3,)`` [m], unit quaternion ``(4,)`` w x y z."""

    position: Float64
    wxyz: Float64


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """An object: shape as in ``vla_msgs/ObjectState``, half extents ``(3,)`` [m], colour's name, pose."""

    name: str
    shape: str
    colour: str
    half_extents: Float64
    pose: Pose


class Stage:
    """What stands in the scene of a viser server."""

    def __init__(self, server: Any) -> None:
        self._scene = server.scene
        self._links: dict[str, Any] = {}
        self._things: dict[str, Any] = {}
        self._lines: dict[str, Any] = {}
        self._scene.set_up_direction("+z")
        server.initial_camera.position, server.initial_camera.look_at = _EYE, _LOOK_AT
        server.on_client_connect(_fit_to_a_phone)
        self._scene.add_box(
            "/table", color=_TABLE, dimensions=(1.0, 1.4, 0.02), position=(0.3, 0.0, -0.0105), receive_shadow=False
        )

    @property
    def links(self) -> tuple[str, ...]:
        """Frames whose poses are wanted."""
        return tuple(self._links)

    def show_robot(self, visuals: Sequence[Visual]) -> None:
        """Replace the robot. Meshes that cannot be read are left out."""
        import trimesh  # here, since it is wanted once and costs as much as the rest of the console

        for handle in self._links.values():
            handle.remove()
        self._links = {visual.link: None for visual in visuals}
        for link in self._links:
            self._links[link] = self._scene.add_frame(f"/robot/{link}", show_axes=False)
        for index, visual in enumerate(visuals):
            if not visual.path.is_file():
                continue
            mesh = trimesh.load(visual.path, force="mesh")
            self._scene.add_mesh_simple(
                f"/robot/{visual.link}/{index}",
                np.asarray(mesh.vertices, np.float32) * visual.scale.astype(np.float32),
                np.asarray(mesh.faces, np.uint32),
                color=visual.colour,
                cast_shadow=False,
                receive_shadow=False,
                wxyz=visual.wxyz,
                position=visual.position,
            )

    def place(self, poses: Mapping[str, Pose]) -> None:
        """Move links."""
        for link, pose in poses.items():
            self._links[link].position, self._links[link].wxyz = pose.position, pose.wxyz

    def show_things(self, things: Sequence[Thing]) -> None:
        """Show these objects and no others."""
        names = {thing.name for thing in things}
        for gone in set(self._things) - names:
            self._things.pop(gone).remove()
        for thing in things:
            handle = self._things.get(thing.name) or self._make(thing)
            self._things[thing.name] = handle
            handle.position, handle.wxyz = thing.pose.position, thing.pose.wxyz

    def show_line(self, name: str, points: Float64, colour: tuple[int, int, int]) -> None:
        """Draw a path ``(N, 3)`` [m]; fewer than two points remove it."""
        if name in self._lines:
            self._lines.pop(name).remove()
        if len(points) >= 2:
            segments = np.stack([points[:-1], points[1:]], axis=1).astype(np.float32)
            self._lines[name] = self._scene.add_line_segments(f"/paths/{name}", segments, colour, thickness=0.006)

    def _make(self, thing: Thing) -> Any:
        name, colour = f"/things/{thing.name}", _COLOURS.get(thing.colour, _UNKNOWN)
        x, _, z = (float(value) for value in thing.half_extents)
        if thing.shape == "bin":
            return self._make_bin(name, thing.half_extents)
        if thing.shape == "ball":
            return self._scene.add_icosphere(name, radius=x, color=colour)
        if thing.shape == "cylinder":
            return self._scene.add_cylinder(name, radius=x, height=2.0 * z, color=colour)
        return self._scene.add_box(name, color=colour, dimensions=tuple((2.0 * thing.half_extents).tolist()))

    def _make_bin(self, name: str, half_extents: Float64) -> Any:
        """Four walls and a floor in a frame."""
        frame = self._scene.add_frame(name, show_axes=False)
        x, y, z = half_extents.tolist()
        thick = _WALL_M
        parts = (
            ((2 * x, 2 * y, thick), (0.0, 0.0, thick / 2 - z)),
            ((thick, 2 * y, 2 * z), (x - thick / 2, 0.0, 0.0)),
            ((thick, 2 * y, 2 * z), (thick / 2 - x, 0.0, 0.0)),
            ((2 * x, thick, 2 * z), (0.0, y - thick / 2, 0.0)),
            ((2 * x, thick, 2 * z), (0.0, thick / 2 - y, 0.0)),
        )
        for index, (dimensions, position) in enumerate(parts):
            self._scene.add_box(f"{name}/{index}", color=_BIN, dimensions=dimensions, position=position)
        return frame


def _fit_to_a_phone(client: Any) -> None:
    if client.camera.aspect < 1.0:
        client.camera.position, client.camera.look_at = _PHONE
