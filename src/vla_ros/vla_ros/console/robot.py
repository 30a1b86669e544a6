# SPDX-License-Identifier: Apache-2.0
"""Reads what a robot looks like out of its URDF. No ROS, no kinematics: the links' poses come from tf."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from vla_ros.errors import VlaError

__all__ = ["Visual", "read_visuals"]

Float64 = npt.NDArray[np.float64]

_GREY = (0.8, 0.8, 0.8)


@dataclass(frozen=True, slots=True, eq=False)
class Visual:
    """One mesh of one link.

    Attributes:
        link: The link's frame.
        path: File of the mesh.
        position, wxyz: Pose of the mesh in the link's frame [m], unit quaternion.
        scale: Of the mesh along its axes.
        colour: Red, green, blue in 0..1.
    """

    link: str
    path: Path
    position: Float64
    wxyz: Float64
    scale: Float64
    colour: tuple[float, float, float]


def read_visuals(urdf: str, package_folder: Callable[[str], str]) -> tuple[Visual, ...]:
    """Return the meshes of a URDF; primitive shapes are left out.

    Args:
        urdf: The document.
        package_folder: Returns the share folder of a package, for ``package://`` addresses.

    Raises:
        VlaError: the document is no URDF.
    """
    try:
        root = ElementTree.fromstring(urdf)
    except ElementTree.ParseError as error:
        raise VlaError(f"the robot description is no XML: {error}") from error
    colours = {m.get("name", ""): _colour(m) for m in root.findall("material") if m.find("color") is not None}
    return tuple(visual for link in root.findall("link") for visual in _visuals(link, colours, package_folder))


def _visuals(
    link: ElementTree.Element,
    colours: dict[str, tuple[float, float, float]],
    package_folder: Callable[[str], str],
) -> Iterator[Visual]:
    for element in link.findall("visual"):
        mesh = element.find("geometry/mesh")
        if mesh is None:
            continue
        origin, material = element.find("origin"), element.find("material")
        position, angles = _numbers(origin, "xyz"), _numbers(origin, "rpy")
        named = colours.get(material.get("name", ""), _GREY) if material is not None else _GREY
        yield Visual(
            link=link.get("name", ""),
            path=_file(mesh.get("filename", ""), package_folder),
            position=position,
            wxyz=Rotation.from_euler("xyz", angles).as_quat(scalar_first=True),
            scale=_numbers(mesh, "scale", 1.0),
            colour=_colour(material) if material is not None and material.find("color") is not None else named,
        )


def _file(address: str, package_folder: Callable[[str], str]) -> Path:
    kind, separator, rest = address.partition("://")
    if not separator:
        return Path(address)
    if kind == "package":
        package, _, relative = rest.partition("/")
        return Path(package_folder(package)) / relative
    return Path(rest)


def _numbers(element: ElementTree.Element | None, key: str, default: float = 0.0) -> Float64:
    text = element.get(key) if element is not None else None
    return np.array([float(word) for word in text.split()]) if text else np.full(3, default)


def _colour(material: ElementTree.Element) -> tuple[float, float, float]:
    element = material.find("color")
    red, green, blue, *_ = (float(word) for word in (element.get("rgba", "") if element is not None else "").split())
    return red, green, blue
