# SPDX-License-Identifier: Apache-2.0
"""Whether a task is done, by ground truth. Thresholds are metres in the base frame."""

import numpy as np

from vla_sim.scene.layout import SceneLayout
from vla_sim.scene.model import BIN_HALF_M, BIN_HEIGHT_M
from vla_sim.simulation import Simulation
from vla_sim.state import ObjectState, RobotState
from vla_sim.tasks.task import Skill, Task

STILL_M_S = 0.03
HAND_AWAY_M = 0.035  # tool above the released object's centre
LIFT_M = 0.08  # centre above where it lay
REACH_RADIUS_M = 0.02
REACH_HEIGHT_M = (0.03, 0.13)  # tool above the object's top
OPEN_WIDTH_M = 0.07
CLOSED_WIDTH_M = 0.006
HOME_M = 0.02


def succeeded(simulation: Simulation, task: Task) -> bool:
    """Say whether ``task`` is done now."""
    state, layout = simulation.state(), simulation.layout
    if task.skill is Skill.OPEN:
        return state.gripper_width_m > OPEN_WIDTH_M
    if task.skill is Skill.CLOSE:
        return state.gripper_width_m < CLOSED_WIDTH_M
    if task.skill is Skill.HOME:
        return _is_home(state, layout)
    index = layout.object_index(task.object_name)
    thing = simulation.truth.object_state(index)
    held = simulation.truth.held_object() == index
    if task.skill is Skill.REACH:
        return _is_above(state, thing, layout.objects[index].half_size_m[2])
    if task.skill is Skill.PICK:
        lifted = thing.position[2] - layout.objects[index].position_m[2] > LIFT_M
        return held and bool(lifted) and _is_still(thing)
    if held or not _is_still(thing) or not _hand_is_away(state, thing):
        return False
    return is_delivered(simulation, task, thing)


def is_delivered(simulation: Simulation, task: Task, thing: ObjectState) -> bool:
    """Say whether the object ``thing`` is where ``task`` wants it, whatever the hand does."""
    layout = simulation.layout
    half_z = layout.objects[layout.object_index(task.object_name)].half_size_m[2]
    if task.skill is Skill.PLACE_IN_BIN:
        offset = np.abs(thing.position[:2] - np.asarray(dict(layout.bins_m)[task.target_name]))
        return bool(np.all(offset < BIN_HALF_M)) and thing.position[2] < BIN_HEIGHT_M
    if task.skill is Skill.STACK:
        lower_index = layout.object_index(task.target_name)
        lower = simulation.truth.object_state(lower_index)
        rise = thing.position[2] - lower.position[2] - half_z - layout.objects[lower_index].half_size_m[2]
        return abs(float(rise)) < 0.006 and float(np.linalg.norm(thing.position[:2] - lower.position[:2])) < 0.02
    zone = next(zone for zone in layout.zones if zone.name == task.target_name)
    offset = np.abs(thing.position[:2] - np.asarray(zone.position_m))
    return bool(np.all(offset < zone.half_size_m)) and thing.position[2] < half_z + 0.01


def disturbed_objects(simulation: Simulation, task: Task, *, tolerance_m: float = 0.05) -> tuple[str, ...]:
    """Return the objects that the task does not name and that lie elsewhere than at the start."""
    moved = []
    for start, now in zip(simulation.layout.objects, simulation.truth.objects(), strict=True):
        if now.name in (task.object_name, task.target_name):
            continue
        if np.linalg.norm(now.position - np.asarray(start.position_m)) > tolerance_m:
            moved.append(now.name)
    return tuple(moved)


def _is_still(thing: ObjectState) -> bool:
    return float(np.linalg.norm(thing.velocity[:3])) < STILL_M_S


def _hand_is_away(state: RobotState, thing: ObjectState) -> bool:
    return float(np.linalg.norm(state.tool_position - thing.position)) > HAND_AWAY_M


def _is_above(state: RobotState, thing: ObjectState, half_z: float) -> bool:
    lateral = float(np.linalg.norm(state.tool_position[:2] - thing.position[:2]))
    height = float(state.tool_position[2] - thing.position[2] - half_z)
    return lateral < REACH_RADIUS_M and REACH_HEIGHT_M[0] < height < REACH_HEIGHT_M[1]


def _is_home(state: RobotState, layout: SceneLayout) -> bool:
    home = HOME_POSITION_M
    return float(np.linalg.norm(state.tool_position - home)) < HOME_M and state.gripper_width_m > OPEN_WIDTH_M


HOME_POSITION_M = np.array([0.40, 0.0, 0.26])  # the tool at ArmConfig.home_rad
