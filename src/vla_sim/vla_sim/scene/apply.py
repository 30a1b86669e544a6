# SPDX-License-Identifier: Apache-2.0
"""Puts a `SceneLayout` into a compiled model and its data, without compiling. Nothing is drawn here."""

import mujoco
import numpy as np

from vla_sim.scene.config import MAX_OBJECTS, MAX_ZONES
from vla_sim.scene.layout import ObjectLayout, SceneLayout
from vla_sim.scene.model import LIGHTS_M, ROLLING_FRICTION, SIDES, object_body, zone_geom
from vla_sim.scene.palette import Shape
from vla_sim.scene.robot import FINGER_JOINTS, JOINTS

GEOM_TYPES = {
    Shape.CUBE: mujoco.mjtGeom.mjGEOM_BOX,
    Shape.BOX: mujoco.mjtGeom.mjGEOM_BOX,
    Shape.CYLINDER: mujoco.mjtGeom.mjGEOM_CYLINDER,
    Shape.BALL: mujoco.mjtGeom.mjGEOM_SPHERE,
}
STORE_Z_M = -1.0  # unused objects float here, out of sight and apart from each other
HEADLIGHT = (0.32, 0.22)  # ambient, diffuse of the model as compiled
LIGHT_DIFFUSE = 0.42


def apply_layout(model: mujoco.MjModel, data: mujoco.MjData, layout: SceneLayout, width_m: float = 0.08) -> None:
    """Reset ``data`` and set everything that ``layout`` says; fingers ``width_m`` apart. Ends with ``mj_forward``."""
    for index in range(MAX_OBJECTS):
        if index < len(layout.objects):
            _set_object(model, index, layout.objects[index])
        else:
            _store_object(model, index)
    mujoco.mj_setConst(model, data)  # sub-tree masses and inverse weights follow the new masses
    mujoco.mj_resetData(model, data)
    for index in range(MAX_OBJECTS):
        data.joint(object_body(index)).qpos[:] = _start_pose(layout, index)
    _set_targets(model, layout)
    _set_look(model, layout)
    for name, camera in layout.cameras:
        handle = model.camera(name)
        handle.pos[:] = camera.position_m
        handle.quat[:] = camera.quaternion_wxyz
        handle.fovy[:] = camera.fovy_deg
    for name, angle in zip(JOINTS, layout.home_rad, strict=True):
        data.joint(name).qpos[0] = angle
    for name in FINGER_JOINTS:
        data.joint(name).qpos[0] = width_m / 2
    mujoco.mj_forward(model, data)


def apply_object(model: mujoco.MjModel, data: mujoco.MjData, index: int, thing: ObjectLayout) -> None:
    """Change one object of a running simulation; everything stays where it is."""
    _set_object(model, index, thing)
    mujoco.mj_setConst(model, mujoco.MjData(model))  # it works in the data that it is given
    mujoco.mj_forward(model, data)


def _set_object(model: mujoco.MjModel, index: int, thing: ObjectLayout) -> None:
    geom, body = model.geom(object_body(index)), model.body(object_body(index))
    half = np.asarray(thing.half_size_m)
    model.geom_type[geom.id] = GEOM_TYPES[thing.shape]
    geom.size[:] = _geom_size(thing)
    geom.rbound[:] = np.linalg.norm(half) if thing.shape is not Shape.BALL else half[0]
    model.geom_aabb[geom.id] = [0.0, 0.0, 0.0, *half]
    model.bvh_aabb[model.body_bvhadr[body.id]] = [0.0, 0.0, 0.0, *half]
    geom.rgba[:] = thing.rgba
    # Six-dimensional contact only where rolling matters: on flat faces its tiny coefficients upset the solver.
    model.geom_condim[geom.id] = 6 if thing.shape in (Shape.BALL, Shape.CYLINDER) else 4  # a can on its side rolls
    geom.friction[:] = (thing.friction, 0.005, ROLLING_FRICTION)
    body.mass[:] = thing.mass_kg
    body.inertia[:] = thing.mass_kg * _inertia_per_mass(thing)
    model.body_gravcomp[body.id] = 0.0


def _start_pose(layout: SceneLayout, index: int) -> tuple[float, ...]:
    if index >= len(layout.objects):
        return (0.1 * index, 0.0, STORE_Z_M, 1.0, 0.0, 0.0, 0.0)
    thing = layout.objects[index]
    return (*thing.position_m, np.cos(thing.yaw_rad / 2), 0.0, 0.0, np.sin(thing.yaw_rad / 2))


def _geom_size(thing: ObjectLayout) -> tuple[float, float, float]:
    if thing.shape is Shape.BALL:
        return (thing.half_size_m[0], 0.0, 0.0)
    if thing.shape is Shape.CYLINDER:
        return (thing.half_size_m[0], thing.half_size_m[2], 0.0)
    return thing.half_size_m


def _inertia_per_mass(thing: ObjectLayout) -> np.ndarray:
    """Return the principal moments over the mass [m^2] of a solid box, cylinder or ball."""
    x, y, z = np.square(thing.half_size_m)
    if thing.shape is Shape.BALL:
        return np.full(3, 0.4 * x)
    if thing.shape is Shape.CYLINDER:
        return np.array([x / 4 + z / 3, x / 4 + z / 3, x / 2])
    return np.array([y + z, x + z, x + y]) / 3


def _store_object(model: mujoco.MjModel, index: int) -> None:
    geom, body = model.geom(object_body(index)), model.body(object_body(index))
    geom.rgba[3] = 0.0
    model.body_gravcomp[body.id] = 1.0


def _set_targets(model: mujoco.MjModel, layout: SceneLayout) -> None:
    bins = dict(layout.bins_m)
    for side in SIDES:
        model.body(f"bin_{side}").pos[:] = (*bins[side], 0.0) if side in bins else (0.0, 0.0, 2 * STORE_Z_M)
    for index in range(MAX_ZONES):
        geom = model.geom(zone_geom(index))
        if index < len(layout.zones):
            zone = layout.zones[index]
            model.body(zone_geom(index)).pos[:] = (*zone.position_m, 0.0004)
            geom.size[:2] = zone.half_size_m
            geom.rgba[:] = zone.rgba
        else:
            geom.rgba[3] = 0.0


def _set_look(model: mujoco.MjModel, layout: SceneLayout) -> None:
    look = layout.look
    table = model.geom("table")
    table.matid[:] = model.material(f"table_{look.table_texture}").id
    model.mat_rgba[table.matid[0]] = look.table_rgba
    model.vis.headlight.ambient[:] = HEADLIGHT[0] * look.brightness
    model.vis.headlight.diffuse[:] = HEADLIGHT[1] * look.brightness
    model.light_diffuse[:] = LIGHT_DIFFUSE * look.brightness
    model.light_pos[:] = np.asarray(LIGHTS_M) + look.light_offset_m
