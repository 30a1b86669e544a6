# SPDX-License-Identifier: Apache-2.0
"""Recorded frames and tasks as the expert's batched input, and which tasks a frame allows. No simulation, no pictures.

The simulation's own reading (``vla_sim.experts.observe``) handles one live state; a test holds the two equal.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from vla_ros.training.records import NONE, SHAPES, SKILLS
from vla_sim.experts.observe import BIN_FLOOR_M, CARRY_CLEARANCE_M, DROP_M, YAW_PERIOD, tolerances
from vla_sim.experts.situation import Handling, Situation
from vla_sim.scene.config import MAX_OBJECTS
from vla_sim.scene.palette import Shape
from vla_sim.tasks.sample import PUSH_LANE_M, PUSH_MIN_M, PUSH_RUN_UP_M, PUSH_START_Y_M
from vla_sim.tasks.success import HOME_POSITION_M
from vla_sim.tasks.task import NEEDS_OBJECT, NEEDS_TARGET, Skill

__all__ = ["held_objects", "needs", "situations", "valid"]

Records = npt.NDArray[Any]
Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

ROUND = [SHAPES.index(Shape.BALL), SHAPES.index(Shape.CYLINDER)]
PERIODS = np.array([YAW_PERIOD[shape] for shape in SHAPES])
REACH_X_M, REACH_Y_M = (0.30, 0.68), 0.235  # where an object can be grasped: further out are the bins
LYING_M = 0.006  # tolerance of "lies on the table"


def needs(tasks: Records, skills: frozenset[Skill]) -> Mask:
    """Say ``(N,)`` whether the skill of each task is one of ``skills``."""
    return np.isin(tasks["skill"], [SKILLS.index(skill) for skill in skills])


def situations(frames: Records, scenes: Records, tasks: Records) -> tuple[Situation, Handling]:
    """Return what the expert of each task sees in each frame; ``scenes (N,)`` are aligned with ``frames (N,)``."""
    rows, thing = np.arange(len(frames)), np.maximum(tasks["object"], 0)
    handles = needs(tasks, NEEDS_OBJECT)
    half = scenes["half_size"][rows, thing].astype(float)
    situation = Situation(
        tool_position=frames["tool_position"].astype(float),
        tool_velocity=frames["tool_velocity"].astype(float),
        tool_yaw=frames["tool_yaw"].astype(float),
        width=frames["width"].astype(float),
        object_position=np.where(handles[:, None], frames["object_position"][rows, thing], 0.0),
        object_yaw=np.where(handles, frames["object_yaw"][rows, thing], 0.0),
        object_lies=handles & frames["object_lies"][rows, thing],
        goal_position=goals(frames, scenes, tasks),
    )
    release, goal_half = _tolerances(scenes, tasks)
    shape = scenes["shape"][rows, thing]
    radius = np.where(np.isin(shape, ROUND), half[:, 0], np.hypot(half[:, 0], half[:, 1]))
    handling = Handling(
        grasp_width=np.where(handles, 2.0 * half[:, :2].min(axis=1), 0.0),
        half_height=np.where(handles, half[:, 2], 0.0),
        radius=np.where(handles, radius, 0.0),
        yaw_period=np.where(handles, PERIODS[shape], 0.0),
        release_radius=release,
        goal_half=goal_half,
        carry_height=np.where(handles, half[:, 2] + CARRY_CLEARANCE_M + 0.02 * _is(tasks, Skill.STACK), 0.0),
    )
    return situation, handling


def goals(frames: Records, scenes: Records, tasks: Records) -> Array:
    """Return ``(N, 3)`` [m] where the object's centre is to lie, the tool for ``home``; zero without a target."""
    rows, half = np.arange(len(frames)), _half_height(scenes, tasks["object"])
    target = tasks["target"]
    bins = np.column_stack([scenes["bin_position"][rows, np.clip(target, 0, 1)], BIN_FLOOR_M + half + DROP_M])
    zones = np.column_stack([scenes["zone_position"][rows, np.clip(target, 0, 2)], half + 0.001])
    lower = frames["object_position"][rows, np.clip(target, 0, None)].astype(float)
    lower[:, 2] += _half_height(scenes, target) + half + 0.001
    goal = np.zeros((len(frames), 3))
    for skill, value in ((Skill.PLACE_IN_BIN, bins), (Skill.STACK, lower), (Skill.HOME, HOME_POSITION_M)):
        goal = np.where(_is(tasks, skill)[:, None], value, goal)
    on_zone = needs(tasks, frozenset({Skill.PLACE_ON_ZONE, Skill.PUSH_TO_ZONE}))
    return np.where(on_zone[:, None], zones, goal)


def held_objects(frames: Records, scenes: Records) -> npt.NDArray[np.int64]:
    """Return ``(N,)`` the object that is between fingers which have met it; ``NONE`` where there is none."""
    offset = frames["object_position"] - frames["tool_position"][:, None]
    gap = frames["width"][:, None] - 2.0 * scenes["half_size"][:, :, :2].min(axis=-1)
    held = (np.hypot(offset[..., 0], offset[..., 1]) < 0.022) & (np.abs(offset[..., 2]) < 0.024)
    held &= (gap < 0.003) & (gap > -0.010) & (np.arange(MAX_OBJECTS) < scenes["objects"][:, None])
    return np.where(held.any(axis=1), held.argmax(axis=1), NONE)


def valid(frames: Records, scenes: Records, tasks: Records) -> Mask:
    """Say ``(N,)`` whether each task makes sense in its frame: what it names is there, in reach, and the hand free."""
    rows, thing, target = np.arange(len(frames)), tasks["object"], tasks["target"]
    held = held_objects(frames, scenes)
    in_hand = (held == thing) & (held != NONE)
    named = (thing >= 0) & (thing < scenes["objects"]) & (scenes["colour"][rows, np.maximum(thing, 0)] != NONE)
    reachable = in_hand | _lies_in_reach(frames, scenes, thing) | _at_goal(frames, scenes, tasks)
    handles = named & reachable & (in_hand | (held == NONE))
    result: Mask = handles | ~needs(tasks, NEEDS_OBJECT)
    result &= ~needs(tasks, NEEDS_TARGET) | (target >= 0)
    result &= ~_is(tasks, Skill.STACK) | _can_stack(frames, scenes, tasks)
    zones = needs(tasks, frozenset({Skill.PLACE_ON_ZONE, Skill.PUSH_TO_ZONE}))
    result &= ~zones | ((target < scenes["zones"]) & _zone_is_free(frames, scenes, tasks))
    return result & (~_is(tasks, Skill.PUSH_TO_ZONE) | (~in_hand & _can_push(frames, scenes, tasks)))


def _is(tasks: Records, skill: Skill) -> Mask:
    return np.asarray(tasks["skill"] == SKILLS.index(skill))


def _half_height(scenes: Records, index: Records) -> Array:
    half = scenes["half_size"][np.arange(len(scenes)), np.maximum(index, 0), 2]
    return np.where(index >= 0, half, 0.0).astype(float)


def _tolerances(scenes: Records, tasks: Records) -> tuple[Array, Array]:
    zone = scenes["zone_half"][np.arange(len(scenes)), np.clip(tasks["target"], 0, 2)].astype(float)
    release, half = np.zeros(len(scenes)), np.zeros((len(scenes), 2))
    for skill in NEEDS_OBJECT:
        chosen = _is(tasks, skill)
        radius, extents = tolerances(skill, np.where(needs(tasks, NEEDS_TARGET), zone, 0.0))
        release, half = np.where(chosen, radius, release), np.where(chosen[:, None], extents, half)
    return release, half


def _lies_in_reach(frames: Records, scenes: Records, index: Records) -> Mask:
    position = frames["object_position"][np.arange(len(frames)), np.maximum(index, 0)]
    inside = (position[:, 0] > REACH_X_M[0]) & (position[:, 0] < REACH_X_M[1]) & (np.abs(position[:, 1]) < REACH_Y_M)
    half = scenes["half_size"][np.arange(len(frames)), np.maximum(index, 0)]
    lies = frames["object_lies"][np.arange(len(frames)), np.maximum(index, 0)]
    height = np.where(lies, half[:, 0], half[:, 2])
    return np.asarray(inside & (np.abs(position[:, 2] - height) < LYING_M))


def _at_goal(frames: Records, scenes: Records, tasks: Records) -> Mask:
    position = frames["object_position"][np.arange(len(frames)), np.maximum(tasks["object"], 0)]
    offset = position - goals(frames, scenes, tasks)
    _, half = _tolerances(scenes, tasks)
    inside = (np.abs(offset[:, :2]) < np.maximum(half, 0.0)).all(axis=1) & (offset[:, 2] < 0.003)
    return inside & needs(tasks, NEEDS_TARGET)


def _can_stack(frames: Records, scenes: Records, tasks: Records) -> Mask:
    rows, upper, lower = np.arange(len(frames)), tasks["object"], tasks["target"]
    shapes, ball = scenes["shape"], SHAPES.index(Shape.BALL)
    flat = (shapes[rows, upper] != ball) & (shapes[rows, lower] != ball)
    flat &= ~frames["object_lies"][rows, upper] & ~frames["object_lies"][rows, lower]
    exists = (lower < scenes["objects"]) & (scenes["colour"][rows, np.maximum(lower, 0)] != NONE)
    return flat & exists & (upper != lower) & _lies_in_reach(frames, scenes, lower)


def _zone_is_free(frames: Records, scenes: Records, tasks: Records) -> Mask:
    centre = scenes["zone_position"][np.arange(len(frames)), np.clip(tasks["target"], 0, 2)]
    offset = np.linalg.norm(frames["object_position"][:, :, :2] - centre[:, None], axis=-1)
    return ~((offset < 0.065) & _others(frames, scenes, tasks)).any(axis=1)


def _can_push(frames: Records, scenes: Records, tasks: Records) -> Mask:
    """Say whether the straight way from behind the object into the zone is free; as for a fresh scene."""
    rows, thing = np.arange(len(frames)), np.maximum(tasks["object"], 0)
    zone = np.clip(tasks["target"], 0, 2)
    start, radii = frames["object_position"][rows, thing, :2], _radii(scenes)
    way = scenes["zone_position"][rows, zone] - start
    length = np.maximum(np.linalg.norm(way, axis=1), 1e-6)
    along, radius = way / length[:, None], radii[rows, thing]
    far = length > PUSH_MIN_M + scenes["zone_half"][rows, zone]
    inside = np.abs(start[:, 1] - along[:, 1] * (radius + PUSH_RUN_UP_M)) < PUSH_START_Y_M
    offset = frames["object_position"][:, :, :2] - start[:, None]
    nearest = np.clip((offset * along[:, None]).sum(-1), -(radius + PUSH_RUN_UP_M)[:, None], length[:, None])
    beside = np.linalg.norm(offset - nearest[..., None] * along[:, None], axis=-1)
    blocked = (beside < radii + radius[:, None] + PUSH_LANE_M) & _others(frames, scenes, tasks)
    moved = _at_goal(frames, scenes, tasks)
    stands = ~frames["object_lies"][rows, thing]
    return (far & inside & stands & ~blocked.any(axis=1)) | moved


def _others(frames: Records, scenes: Records, tasks: Records) -> Mask:
    index = np.arange(MAX_OBJECTS)
    return (index < scenes["objects"][:, None]) & (index != tasks["object"][:, None])


def _radii(scenes: Records) -> Array:
    half = scenes["half_size"]
    return np.where(np.isin(scenes["shape"], ROUND), half[..., 0], np.hypot(half[..., 0], half[..., 1]))
