# SPDX-License-Identifier: Apache-2.0
"""The scene as the cameras need it: a copy of its own that is posed and rendered, never stepped. No ROS, no clock."""

import copy

import mujoco

from vla_sim.controllers.trajectory import Float64
from vla_sim.rendering import Image, SceneRenderer
from vla_sim.scene.apply import apply_layout
from vla_sim.scene.layout import SceneLayout
from vla_sim.scene.model import base_model


class CameraWorld:
    """Makes pictures of a scene from joint positions alone. Use it on the thread that made it."""

    def __init__(self, layout: SceneLayout, height: int, width: int) -> None:
        """Open a renderer for pictures of ``height`` x ``width``."""
        self._model = copy.copy(base_model())
        self._data = mujoco.MjData(self._model)
        self._renderer = SceneRenderer(self._model, height, width)
        self.show(layout)

    @property
    def backend(self) -> str:
        """Name of the GL back end in use."""
        return self._renderer.backend

    def show(self, layout: SceneLayout) -> None:
        """Take the objects, colours, lights and cameras of ``layout``."""
        apply_layout(self._model, self._data, layout)

    def render(self, positions: Float64, camera: str) -> Image:
        """Return the picture ``(H, W, 3)`` of ``camera`` with the model's positions ``(nq,)``."""
        self._data.qpos[:] = positions
        mujoco.mj_kinematics(self._model, self._data)
        mujoco.mj_camlight(self._model, self._data)
        return self._renderer.render(self._data, camera)

    def close(self) -> None:
        """Free the renderer."""
        self._renderer.close()
