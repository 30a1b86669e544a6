# SPDX-License-Identifier: Apache-2.0
"""The process of MuJoCo's viewer: a window onto a copy of the scene that is posed as it is told. No physics, no ROS.

A process of its own: closing the window, or a slow display, is then nothing that the simulation notices.
"""

from __future__ import annotations

import copy
import os
import signal
from multiprocessing.connection import Connection
from typing import Any

import mujoco

from vla_sim.errors import SimulationError
from vla_sim.rendering import VISIBLE_GROUPS
from vla_sim.scene.apply import apply_layout
from vla_sim.scene.layout import SceneLayout
from vla_sim.scene.model import base_model

__all__ = ["require_display", "run_viewer"]

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")
REFRESH_S = 1.0 / 60.0  # the longest that a closed window goes unnoticed
LOOK_AT_M = (0.35, 0.0, 0.2)
DISTANCE_M, AZIMUTH_DEG, ELEVATION_DEG = 1.9, 145.0, -25.0


def require_display() -> None:
    """Make sure that there is a display to open a window on.

    Raises:
        SimulationError: There is none.
    """
    if not any(os.environ.get(name) for name in DISPLAYS):
        names = " nor ".join(DISPLAYS)
        raise SimulationError(f"viewer:=true needs a display, but neither {names} is set; leave it out to run headless")


def run_viewer(connection: Connection, layout: SceneLayout) -> None:
    """Show requests until the window or the other end is closed: a `SceneLayout`, or positions ``(nq,)``.

    The first answer is an empty text, or the sentence of an error; then each request is answered by ``None``.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # it ends with its parent, by the closed connection
    model = copy.copy(base_model())
    data = mujoco.MjData(model)
    apply_layout(model, data, layout)
    try:
        window = _open(model, data)
    except SimulationError as error:
        connection.send(str(error))
        return
    connection.send("")
    try:
        while window.is_running():
            _show_next(connection, window, (model, data))
    except (EOFError, OSError):
        pass  # the parent is gone
    finally:
        window.close()


def _open(model: mujoco.MjModel, data: mujoco.MjData) -> Any:
    """Return the passive viewer. GLFW is asked first: the viewer itself would wait for ever where it fails."""
    try:
        import glfw
        import mujoco.viewer
    except ImportError as error:
        raise SimulationError(f"viewer:=true needs the Python package glfw: {error}") from error
    glfw.ERROR_REPORTING = "ignore"  # the sentence below says it
    if not glfw.init():
        display = next(filter(None, map(os.environ.get, DISPLAYS)), "")
        raise SimulationError(f"viewer:=true: the display {display!r} cannot be opened; leave it out to run headless")
    window = mujoco.viewer.launch_passive(model, data, show_left_ui=False, show_right_ui=False)
    with window.lock():
        camera = window.cam
        camera.lookat[:] = LOOK_AT_M
        camera.distance, camera.azimuth, camera.elevation = DISTANCE_M, AZIMUTH_DEG, ELEVATION_DEG
        window.opt.geomgroup[:] = [group in VISIBLE_GROUPS for group in range(len(window.opt.geomgroup))]
        for flag in (mujoco.mjtRndFlag.mjRND_SHADOW, mujoco.mjtRndFlag.mjRND_REFLECTION):
            window.user_scn.flags[flag] = 0  # as the cameras see it; without a GPU shadows cost a factor of 7
    return window


def _show_next(connection: Connection, window: Any, world: tuple[mujoco.MjModel, mujoco.MjData]) -> None:
    """Show a request if there is one soon."""
    if not connection.poll(REFRESH_S):
        return
    with window.lock():
        _pose(*world, connection.recv())
    window.sync()
    connection.send(None)


def _pose(model: mujoco.MjModel, data: mujoco.MjData, request: Any) -> None:
    if isinstance(request, SceneLayout):
        apply_layout(model, data, request)
        return
    data.qpos[:] = request
    mujoco.mj_kinematics(model, data)
    mujoco.mj_camlight(model, data)
