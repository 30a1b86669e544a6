# SPDX-License-Identifier: Apache-2.0
"""Reads the expert's situation from a simulation (B = 1). The only place where experts meet ground truth."""

import numpy as np

from vla_sim.controllers.trajectory import Float64
from vla_sim.experts.situation import Handling, Situation
from vla_sim.kinematics import yaw_of
from vla_sim.scene.layout import ObjectLayout, SceneLayout
from vla_sim.scene.model import BIN_HALF_M
from vla_sim.scene.palette import Shape
from vla_sim.simulation import Simulation
from vla_sim.tasks.success import HOME_POSITION_M
from vla_sim.tasks.task import NEEDS_OBJECT, Skill, Task

YAW_PERIOD = {Shape.CUBE: np.pi / 2, Shape.BOX: np.pi, Shape.CYLINDER: 0.0, Shape.BALL: 0.0}
BIN_FLOOR_M = 0.006
DROP_M = 0.015  # height above the bin's floor at which the object is let go
STACK_RELEASE_M, STACK_HALF_M = 0.005, 0.011  # well inside the 20 mm that a stack may be off
STEEP = 0.7  # an axis with so much of z does not lie
CARRY_CLEARANCE_M = 0.08  # bottom of the carried object: over bin walls (50 mm) and other objects


def observe(simulation: Simulation, task: Task) -> Situation:
    """Return what the expert of ``task`` sees now."""
    state = simulation.state()
    position, yaw, lies = np.zeros(3), 0.0, False
    if task.skill in NEEDS_OBJECT:
        index = simulation.layout.object_index(task.object_name)
        thing = simulation.truth.object_state(index)
        position = thing.position
        yaw, lies = posture(thing.quaternion_wxyz, simulation.layout.objects[index].shape)
    return Situation(
        tool_position=state.tool_position[None],
        tool_velocity=state.tool_velocity[None, :3],
        tool_yaw=np.array([yaw_of(state.tool_rotation)]),
        width=np.array([state.gripper_width_m]),
        object_position=position[None],
        object_yaw=np.array([yaw]),
        object_lies=np.array([lies]),
        goal_position=_goal(simulation, task)[None],
    )


def handling(layout: SceneLayout, task: Task) -> Handling:
    """Return the constants of ``task`` in this scene."""
    if task.skill not in NEEDS_OBJECT:
        one = np.zeros(1)
        return Handling(one, one, one, one, one, np.zeros((1, 2)), one)
    thing = layout.objects[layout.object_index(task.object_name)]
    zones = [zone.half_size_m for zone in layout.zones if zone.name == task.target_name]
    release, half = tolerances(task.skill, np.array(zones[:1] or [0.0]))
    carry = thing.half_size_m[2] + CARRY_CLEARANCE_M
    if task.skill is Skill.STACK:
        carry += 0.02
    return Handling(
        grasp_width=np.array([thing.grasp_width_m]),
        half_height=np.array([thing.half_size_m[2]]),
        radius=np.array([thing.radius_m]),
        yaw_period=np.array([YAW_PERIOD[thing.shape]]),
        release_radius=np.array([release]),
        goal_half=half,
        carry_height=np.array([carry]),
    )


def tolerances(skill: Skill, zone_half_m: Float64) -> tuple[float, Float64]:
    """Return the lateral error [m] below which an object is let go, and the half extents of its goal, ``(B, 2)`` [m].

    ``zone_half_m (B,)`` is the half size of the zone; skills without a target are given 0, and are never delivered.
    """
    if skill is Skill.PLACE_IN_BIN:
        return 0.03, np.broadcast_to(np.asarray(BIN_HALF_M) - 0.005, (len(zone_half_m), 2))
    if skill is Skill.STACK:
        return STACK_RELEASE_M, np.full((len(zone_half_m), 2), STACK_HALF_M)
    release, margin = (0.0, 0.028) if skill is Skill.PUSH_TO_ZONE else (0.008, 0.012)
    return release, np.repeat(zone_half_m[:, None] - margin, 2, axis=1)


def _goal(simulation: Simulation, task: Task) -> Float64:
    layout = simulation.layout
    if task.skill is Skill.HOME:
        return HOME_POSITION_M
    if not task.target_name:
        return np.zeros(3)
    thing: ObjectLayout = layout.objects[layout.object_index(task.object_name)]
    half = thing.half_size_m[2]
    if task.skill is Skill.PLACE_IN_BIN:
        return np.array([*dict(layout.bins_m)[task.target_name], BIN_FLOOR_M + half + DROP_M])
    if task.skill is Skill.STACK:
        index = layout.object_index(task.target_name)
        lower = simulation.truth.object_state(index).position
        return lower + np.array([0.0, 0.0, layout.objects[index].half_size_m[2] + half + 0.001])
    zone = next(zone for zone in layout.zones if zone.name == task.target_name)
    return np.array([*zone.position_m, half + 0.001])


def posture(quaternion_wxyz: Float64, shape: Shape) -> tuple[float, bool]:
    """Return the yaw [rad] across which a thing can be grasped, and whether it is a cylinder on its side.

    A thing that has tipped over shows another of its axes: that of a lying cylinder, the level one of a block.
    """
    w, x, y, z = quaternion_wxyz
    along_x = (1 - 2 * (y * y + z * z), 2 * (w * z + x * y), 2 * (x * z - w * y))
    along_y = (2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (w * x + y * z))
    along_z = (2 * (w * y + x * z), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y))
    lies = shape is Shape.CYLINDER and abs(along_z[2]) < STEEP
    level = along_z if lies else along_x if abs(along_x[2]) < STEEP else along_y
    return float(np.arctan2(level[1], level[0])), bool(lies)
