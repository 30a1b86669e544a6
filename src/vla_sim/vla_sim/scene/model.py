# SPDX-License-Identifier: Apache-2.0
"""The one compiled MuJoCo model of every scene: robot, table, and a fixed pool of objects, zones and bins.

Shape, size, colour, mass, friction and place of what is in the pool are set at a reset (`apply.py`) without compiling
again, which makes a new random scene cost microseconds instead of 0.5 s.
"""

from functools import cache

import mujoco
import numpy as np

from vla_sim.scene.config import MAX_OBJECTS, MAX_ZONES, TABLE_TEXTURES
from vla_sim.scene.robot import robot_spec

BIN_HALF_M = (0.095, 0.085)  # inner half extents
BIN_WALL_M = 0.005  # thickness
BIN_HEIGHT_M = 0.05
SIDES = ("left", "right")
TABLE_HALF_M = (0.62, 0.75, 0.02)
OBJECT_SOLREF = (0.006, 1.0)
OBJECT_SOLIMP = (0.95, 0.99, 0.001, 0.5, 2.0)
ROLLING_FRICTION = 0.004  # [m]; a felt-like table on which a ball comes to rest
LIGHTS_M = ((0.6, 0.5, 1.6), (0.3, -0.7, 1.4))


def object_body(index: int) -> str:
    """Return the body's name of pool slot ``index``."""
    return f"object{index}"


def zone_geom(index: int) -> str:
    """Return the name of body and geom of zone slot ``index``."""
    return f"zone{index}"


@cache
def base_model(timestep_s: float = 0.001) -> mujoco.MjModel:
    """Return the compiled model; copy it before changing it (``copy.copy``)."""
    spec = robot_spec()
    spec.modelname = "vla_sim"
    _set_options(spec, timestep_s)
    _add_lights(spec)
    _add_table(spec)
    for side in SIDES:
        _add_bin(spec, side)
    for index in range(MAX_ZONES):
        _add_zone(spec, index)
    for index in range(MAX_OBJECTS):
        _add_object(spec, index)
    spec.worldbody.add_camera(name="scene", fovy=45.0)
    spec.body("panda_hand").add_camera(name="wrist", fovy=75.0)
    return spec.compile()


def _set_options(spec: mujoco.MjSpec, timestep_s: float) -> None:
    spec.option.timestep = timestep_s
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.option.impratio = 10.0  # friction that holds a grasped object without creep
    spec.visual.quality.offsamples = 0  # no multi-sampling: 3x faster in software rendering
    spec.visual.quality.shadowsize = 0
    spec.visual.map.znear = 0.005
    spec.visual.map.zfar = 6.0
    spec.visual.headlight.ambient = (0.32, 0.32, 0.32)
    spec.visual.headlight.diffuse = (0.22, 0.22, 0.22)
    spec.visual.headlight.specular = (0.0, 0.0, 0.0)
    spec.visual.global_.offwidth = 1280
    spec.visual.global_.offheight = 960
    spec.stat.center = (0.4, 0.0, 0.2)
    spec.stat.extent = 1.0


def _add_lights(spec: mujoco.MjSpec) -> None:
    spec.add_texture(
        name="sky",
        type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
        rgb1=(0.72, 0.76, 0.8),
        rgb2=(0.5, 0.52, 0.55),
        width=64,
        height=64,
    )
    for index, position in enumerate(LIGHTS_M):
        direction = np.array((0.45, 0.0, 0.0)) - np.asarray(position)
        spec.worldbody.add_light(
            name=f"light{index}",
            pos=position,
            dir=direction / np.linalg.norm(direction),
            diffuse=(0.42, 0.42, 0.42),
            specular=(0.1, 0.1, 0.1),
            castshadow=False,
        )


def _add_table(spec: mujoco.MjSpec) -> None:
    patterns = {
        "checker": mujoco.mjtBuiltin.mjBUILTIN_CHECKER,
        "stripes": mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
        "grain": mujoco.mjtBuiltin.mjBUILTIN_FLAT,
    }
    for name in TABLE_TEXTURES:
        material = spec.add_material(name=f"table_{name}", specular=0.05, shininess=0.1, texrepeat=(6.0, 6.0))
        if name not in patterns:
            continue
        spec.add_texture(
            name=f"table_{name}",
            type=mujoco.mjtTexture.mjTEXTURE_2D,
            builtin=patterns[name],
            rgb1=(1.0, 1.0, 1.0),
            rgb2=(0.8, 0.8, 0.8),
            mark=mujoco.mjtMark.mjMARK_RANDOM if name == "grain" else mujoco.mjtMark.mjMARK_NONE,
            markrgb=(0.78, 0.78, 0.78),
            random=0.25,
            width=128,
            height=128,
        )
        material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = f"table_{name}"
    spec.worldbody.add_geom(
        name="table",
        type=mujoco.mjtGeom.mjGEOM_BOX,
        size=TABLE_HALF_M,
        pos=(0.42, 0.0, -TABLE_HALF_M[2]),
        material="table_plain",
        friction=(0.4, 0.005, ROLLING_FRICTION),
    )


def _add_bin(spec: mujoco.MjSpec, side: str) -> None:
    body = spec.worldbody.add_body(name=f"bin_{side}")
    half_x, half_y = BIN_HALF_M
    wall, height = BIN_WALL_M, BIN_HEIGHT_M / 2
    boxes = [((0.0, 0.0, 0.003), (half_x, half_y, 0.003))]
    for sign in (-1.0, 1.0):
        boxes.append(((sign * (half_x + wall), 0.0, height), (wall, half_y + 2 * wall, height)))
        boxes.append(((0.0, sign * (half_y + wall), height), (half_x, wall, height)))
    for index, (position, size) in enumerate(boxes):
        body.add_geom(
            name=f"bin_{side}_{index}",
            type=mujoco.mjtGeom.mjGEOM_BOX,
            pos=position,
            size=size,
            rgba=(0.58, 0.43, 0.27, 1.0) if index else (0.46, 0.34, 0.22, 1.0),
            friction=(0.4, 0.005, ROLLING_FRICTION),
        )


def _add_zone(spec: mujoco.MjSpec, index: int) -> None:
    # A body of its own: MuJoCo keeps the places of geoms that the world body holds since the compilation.
    spec.worldbody.add_body(name=zone_geom(index)).add_geom(
        name=zone_geom(index),
        type=mujoco.mjtGeom.mjGEOM_BOX,
        size=(0.05, 0.05, 0.0004),
        contype=0,
        conaffinity=0,
        rgba=(0.0, 0.0, 0.0, 0.0),
    )


def _add_object(spec: mujoco.MjSpec, index: int) -> None:
    body = spec.worldbody.add_body(name=object_body(index), pos=(0.1 * index, 0.0, -1.0), gravcomp=1.0)
    body.add_freejoint(name=object_body(index))
    body.add_geom(
        name=object_body(index),
        type=mujoco.mjtGeom.mjGEOM_BOX,
        size=(0.02, 0.02, 0.02),
        mass=0.03,
        condim=6,
        solref=OBJECT_SOLREF,
        solimp=OBJECT_SOLIMP,
    )
