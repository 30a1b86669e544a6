# SPDX-License-Identifier: Apache-2.0
"""The robot description as the arm's own driver would publish it, and the frames of its links. No ROS.

The vendored description is the Panda's. The FR3 has the same kinematics up to fractions of a millimetre, and other
limits: its description is the Panda's with the FR3's names and limits.
"""

import copy
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from functools import cache
from typing import Any

import mujoco
import numpy as np
import yaml

from vla_sim.controllers.trajectory import Float64
from vla_sim.limits import joint_names, limits_of
from vla_sim.scene.robot import description_folder

PREFIX = "panda_"
BASE = "panda_link0"
MESHES = "package://vla_sim/description/panda_description/"
OPTICAL = np.array([0.0, 1.0, 0.0, 0.0])  # wxyz: MuJoCo's cameras look along -z with y up, optical frames along z


def frame_name(arm_id: str, body: str) -> str:
    """Return how the arm's driver calls a body of the model: ``fr3_link3`` for ``panda_link3``."""
    return body.replace(PREFIX, f"{arm_id}_", 1)


def robot_description(arm_id: str) -> str:
    """Return the URDF with the names and limits of ``fr3`` or ``panda``."""
    text = (description_folder() / "urdf" / "panda.urdf").read_text(encoding="utf-8")
    root = ElementTree.fromstring(text.replace(PREFIX, f"{arm_id}_").replace(f"{arm_id}_description", "@"))
    root.set("name", arm_id)
    for link in root.iter("link"):
        _split_visuals(link)
    for mesh in root.iter("mesh"):
        mesh.set("filename", MESHES + mesh.get("filename", "").split("@/")[-1])
    limits = limits_of(arm_id)
    joints = {joint.get("name"): joint for joint in root.iter("joint")}
    for index, name in enumerate(joint_names(arm_id)):
        limit = joints[name].find("limit")
        if limit is None:
            continue
        limit.set("lower", f"{limits.position_low[index]:g}")
        limit.set("upper", f"{limits.position_high[index]:g}")
        limit.set("velocity", f"{limits.velocity[index]:g}")
    return ElementTree.tostring(root, encoding="unicode")


@cache
def _parts() -> dict[str, list[dict[str, Any]]]:
    """Return the vendored meshes of each link's look, one per colour."""
    return yaml.safe_load((description_folder() / "visuals.yaml").read_text(encoding="utf-8"))


def _split_visuals(link: ElementTree.Element) -> None:
    """Replace each visual of a link by one per colour."""
    for visual in link.findall("visual"):
        mesh = visual.find("geometry/mesh")
        stem = "" if mesh is None else mesh.get("filename", "").rpartition("/")[2].removesuffix(".dae")
        if stem not in _parts():
            continue
        link.remove(visual)
        for index, part in enumerate(_parts()[stem]):
            copied = copy.deepcopy(visual)
            for shape in copied.iter("mesh"):
                shape.set("filename", f"@/meshes/visual/{part['file']}")
            for material in copied.findall("material"):
                copied.remove(material)
            material = ElementTree.SubElement(copied, "material", name=f"{stem}_{index}")
            ElementTree.SubElement(material, "color", rgba=" ".join(map(str, part["rgba"])))
            link.append(copied)


@dataclass(frozen=True, slots=True, eq=False)
class FrameTransform:
    """Pose of a frame in its parent."""

    parent: str
    child: str
    translation: Float64  # (3,) [m]
    quaternion_wxyz: Float64  # (4,)


class FrameTree:
    """Frames of the arm's links and of the cameras, read from a model and its data."""

    def __init__(self, model: mujoco.MjModel, arm_id: str) -> None:
        bodies = range(1, model.nbody)
        links = [body for body in bodies if model.body(body).name.startswith(PREFIX)]
        self._arm_id = arm_id
        self._model = model
        links = [body for body in links if model.body(body).name != BASE]
        self._moving = [body for body in links if model.body_jntnum[body]]
        self._fixed = [body for body in links if not model.body_jntnum[body]]

    @property
    def base(self) -> str:
        """Name of the frame in which everything is."""
        return frame_name(self._arm_id, BASE)

    def moving(self, data: mujoco.MjData) -> list[FrameTransform]:
        """Return the links behind a joint."""
        return [self._link(data, body) for body in self._moving]

    def fixed(self, data: mujoco.MjData) -> list[FrameTransform]:
        """Return the links that are fixed to another, and the cameras' optical frames."""
        return [self._link(data, body) for body in self._fixed] + [
            self._camera(camera) for camera in range(self._model.ncam)
        ]

    def _link(self, data: mujoco.MjData, body: int) -> FrameTransform:
        parent = int(self._model.body_parentid[body])
        inverse, turned = np.empty(4), np.empty(3)
        quaternion = np.empty(4)
        mujoco.mju_negQuat(inverse, data.xquat[parent])
        mujoco.mju_rotVecQuat(turned, data.xpos[body] - data.xpos[parent], inverse)
        mujoco.mju_mulQuat(quaternion, inverse, data.xquat[body])
        return FrameTransform(self._name(parent), self._name(body), turned, quaternion)

    def _camera(self, camera: int) -> FrameTransform:
        model, quaternion = self._model, np.empty(4)
        mujoco.mju_mulQuat(quaternion, model.cam_quat[camera], OPTICAL)
        parent = int(model.cam_bodyid[camera])
        name = f"{model.camera(camera).name}_optical_frame"
        return FrameTransform(self._name(parent), name, model.cam_pos[camera].copy(), quaternion)

    def _name(self, body: int) -> str:
        return self.base if body == 0 else frame_name(self._arm_id, self._model.body(body).name)
