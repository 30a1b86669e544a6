# SPDX-License-Identifier: Apache-2.0
"""Scenes, tasks and start poses that demonstrations begin with. Draws only, no motion is simulated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from vla_ros.training.records import NONE, SKILLS, TASK, names_of
from vla_ros.training.situations import valid
from vla_sim.errors import SceneError
from vla_sim.scene.config import ArmConfig, CamerasConfig, LookConfig, ObjectsConfig, SceneConfig, TargetsConfig
from vla_sim.scene.layout import SceneLayout
from vla_sim.scene.sample import sample_layout
from vla_sim.tasks.language import sentence
from vla_sim.tasks.task import NEEDS_OBJECT, NEEDS_TARGET, Skill, Task
from vla_sim.tool_servo import ToolServo, ToolServoConfig

__all__ = ["NOMINAL", "RANDOMISED", "draw_layout", "draw_task", "draw_tasks", "start_joints", "task_from"]

Records = npt.NDArray[Any]

NOMINAL = SceneConfig(
    name="nominal",
    objects=ObjectsConfig(count=(2, 5), distractors=(0, 1), distinct_colours=True),
    targets=TargetsConfig(zones=(0, 2)),
)
# Wider than any test: what the policy has to bear lies inside, not at the edge.
RANDOMISED = SceneConfig(
    name="randomised for training",
    arm=ArmConfig(home_noise_rad=0.05),
    objects=ObjectsConfig(
        count=(2, 6), distractors=(0, 2), distinct_colours=True, scale=(0.88, 1.12), shade=1.0, clearance_m=0.04
    ),
    targets=TargetsConfig(zones=(0, 2), bin_noise_m=0.02),
    cameras=CamerasConfig(noise_m=0.012, noise_rad=0.02),
    look=LookConfig(
        brightness=(0.6, 1.4),
        light_noise_m=0.4,
        table_textures=("plain", "checker", "grain", "stripes"),
        table_value=(0.22, 0.72),
        table_tint=0.7,
    ),
)
# Tool poses from which demonstrations start when not at home.
START_LOW_M = np.array([0.33, -0.30, 0.05])
START_HIGH_M = np.array([0.64, 0.30, 0.34])
START_YAW_RAD = 1.0
# Share of scenes in which colours may repeat, so that a shape tells things apart: hard to see at 96 px.
AMBIGUOUS = 0.15
DRAWS = 64


def draw_layout(nominal: float, rng: np.random.Generator) -> SceneLayout:
    """Return a scene; ``nominal`` is the share of those with fixed light, cameras and table."""
    config = NOMINAL if rng.uniform() < nominal else RANDOMISED
    if rng.uniform() < AMBIGUOUS:
        config = replace(config, objects=replace(config.objects, distinct_colours=False))
    for _ in range(DRAWS):
        try:
            return sample_layout(config, rng)
        except SceneError:  # too crowded a draw
            continue
    raise SceneError(f"no scene of {DRAWS} draws fits on the table")


def start_joints(layout: SceneLayout, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return joints ``(7,)`` of a random tool pose above the table and the objects, pointing down."""
    servo = ToolServo(ToolServoConfig(), np.asarray(layout.home_rad))
    goal, yaw = rng.uniform(START_LOW_M, START_HIGH_M), rng.uniform(-START_YAW_RAD, START_YAW_RAD)
    goal[2] = max(goal[2], _clear_height(layout, goal))
    for _ in range(150):
        servo.track(goal, yaw, np.zeros(3))
    return servo._state.positions  # the servo has no public joint state


def draw_tasks(count: int, weights: Mapping[Skill, float], rng: np.random.Generator) -> Records:
    """Return ``(count,)`` tasks of random skill, object and target, whether or not a scene allows them."""
    skills = [SKILLS.index(skill) for skill in weights]
    share = np.array(list(weights.values()))
    tasks = np.zeros(count, TASK)
    tasks["skill"] = rng.choice(skills, count, p=share / share.sum())
    handles = np.isin(tasks["skill"], [SKILLS.index(skill) for skill in NEEDS_OBJECT])
    aims = np.isin(tasks["skill"], [SKILLS.index(skill) for skill in NEEDS_TARGET])
    stacks = tasks["skill"] == SKILLS.index(Skill.STACK)
    tasks["object"] = np.where(handles, rng.integers(0, 6, count), NONE)
    target = np.where(stacks, rng.integers(0, 6, count), rng.integers(0, 2, count))
    tasks["target"] = np.where(aims, target, NONE)
    return tasks


def draw_task(frame: Records, scene: Records, weights: Mapping[Skill, float], rng: np.random.Generator) -> Records:
    """Return a task that the frame allows; the skill keeps its share among those that are possible at all."""
    share = dict(weights)
    while share:
        skill = list(share)[rng.choice(len(share), p=np.array(list(share.values())) / sum(share.values()))]
        tasks = draw_tasks(DRAWS, {skill: 1.0}, rng)
        allowed = tasks[valid(np.repeat(frame[None], DRAWS), np.repeat(scene[None], DRAWS), tasks)]
        if len(allowed):
            return allowed[0]
        del share[skill]
    raise SceneError("the scene allows none of the skills")


def task_from(scene: Records, task: Records, rng: np.random.Generator) -> Task:
    """Return a task record as a request with a sentence, words varied."""
    skill, thing, target = names_of(scene, task)
    return Task(skill, sentence(skill, thing, target, rng), thing, target)


def with_start(layout: SceneLayout, joints: npt.NDArray[np.float64]) -> SceneLayout:
    """Return the layout with the arm elsewhere."""
    return replace(layout, home_rad=tuple(joints.tolist()))


def _clear_height(layout: SceneLayout, position: npt.NDArray[np.float64]) -> float:
    """Return the lowest height [m] at which the open hand is above everything near ``position``."""
    near = [
        2.0 * thing.half_size_m[2]
        for thing in layout.objects
        if np.hypot(*(position[:2] - np.asarray(thing.position_m[:2]))) < 0.09
    ]
    walls = 0.08 if abs(position[1]) > 0.2 else 0.0
    return max([walls, *(height + 0.02 for height in near)])
