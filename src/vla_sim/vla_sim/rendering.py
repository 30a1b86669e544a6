# SPDX-License-Identifier: Apache-2.0
"""Off-screen pictures of a MuJoCo model with the first GL back end that works: EGL, then OSMesa. No scene knowledge.

Multi-sampling and shadows are off: with software rendering they cost a factor of 40 (see `docs`), and add nothing
that a policy at 128 x 128 can see.
"""

import contextlib
import importlib
import os
import sys
import weakref
from typing import Any

import mujoco
import numpy as np
from numpy.typing import NDArray

from vla_sim.errors import SimulationError

BACKENDS = ("egl", "osmesa")
CHOICE = "MUJOCO_GL"  # of the user, and what MuJoCo loads OpenGL's functions by
PLATFORM = "PYOPENGL_PLATFORM"  # the same for PyOpenGL; importing a back end sets it
VISIBLE_GROUPS = (0, 1, 2)
MAX_GEOMS = 200

Image = NDArray[np.uint8]  # (H, W, 3), RGB


def _open_context(width: int, height: int) -> tuple[str, Any]:
    # Mesa's rasteriser on one thread beat two by 1.5x here, and leaves the other core to the physics.
    os.environ.setdefault("LP_NUM_THREADS", "1")
    reasons, platform = [], os.environ.get(PLATFORM)
    choice = os.environ.get(CHOICE)
    for name in (choice,) if choice in BACKENDS else BACKENDS:
        try:
            context = importlib.import_module(f"mujoco.{name}").GLContext(width, height)
            context.make_current()
        except (ImportError, AttributeError, RuntimeError, OSError) as error:
            reasons.append(f"{name}: {str(error).splitlines()[0] if str(error) else type(error).__name__}")
            _forget_opengl(name, platform)
            continue
        if name != BACKENDS[0]:
            os.environ[CHOICE] = name  # also that of the processes that are started from here
        return name, context
    raise SimulationError(
        f"no off-screen rendering ({'; '.join(reasons)}); install libegl1 libegl-mesa0 libgl1-mesa-dri or libosmesa6"
    )


def _forget_opengl(backend: str, platform: str | None) -> None:
    """Undo the import of a back end that does not work: PyOpenGL is bound to the first one for good otherwise."""
    if platform is None:
        os.environ.pop(PLATFORM, None)
    for module in [*sys.modules]:
        if module.partition(".")[0] == "OpenGL" or module.startswith(f"mujoco.{backend}"):
            del sys.modules[module]


def _free(gl: mujoco.MjrContext, context: Any) -> None:
    with contextlib.suppress(Exception):  # the GL library may be gone already
        gl.free()
        context.free()


class SceneRenderer:
    """Renders named cameras of one model. Use it on the thread that made it, and close it there."""

    def __init__(self, model: mujoco.MjModel, height: int, width: int) -> None:
        """Open a GL context of at least ``height`` x ``width`` pixels.

        Raises:
            SimulationError: No back end works; the sentence names the packages to install.
        """
        self._model = model
        self._rect = mujoco.MjrRect(0, 0, width, height)
        self.backend, self._context = _open_context(width, height)
        self._scene = mujoco.MjvScene(model, maxgeom=MAX_GEOMS)
        self._scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = 0
        self._scene.flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = 0
        self._options = mujoco.MjvOption()
        self._options.geomgroup[:] = [group in VISIBLE_GROUPS for group in range(len(self._options.geomgroup))]
        self._camera = mujoco.MjvCamera()
        self._camera.type = mujoco.mjtCamera.mjCAMERA_FIXED
        self._gl = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self._gl)
        self._finalizer = weakref.finalize(self, _free, self._gl, self._context)

    def render(self, data: mujoco.MjData, camera: str) -> Image:
        """Return the picture ``(H, W, 3)`` that ``camera`` sees now."""
        self._context.make_current()
        self._camera.fixedcamid = self._model.camera(camera).id
        mujoco.mjv_updateScene(
            self._model, data, self._options, None, self._camera, mujoco.mjtCatBit.mjCAT_ALL.value, self._scene
        )
        mujoco.mjr_render(self._rect, self._scene, self._gl)
        picture = np.empty((self._rect.height, self._rect.width, 3), dtype=np.uint8)
        mujoco.mjr_readPixels(picture, None, self._rect, self._gl)
        return np.ascontiguousarray(picture[::-1])

    def close(self) -> None:
        """Free the GL context; safe to call twice, and done at the interpreter's exit if nobody did."""
        self._finalizer()
