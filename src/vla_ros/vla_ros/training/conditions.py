# SPDX-License-Identifier: Apache-2.0
"""Test conditions of the closed-loop evaluation: which scenes, and what goes wrong in them. Seeds decide everything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import mujoco
import numpy as np

from vla_ros.training.scenes import start_joints, with_start
from vla_sim.errors import SceneError
from vla_sim.scene.config import LookConfig, ObjectsConfig, SceneConfig, TargetsConfig
from vla_sim.scene.layout import CameraLayout, SceneLayout
from vla_sim.scene.sample import sample_layout
from vla_sim.simulation import Simulation
from vla_sim.tasks.sample import sample_task
from vla_sim.tasks.task import NEEDS_OBJECT, Skill, Task

__all__ = ["CONDITIONS", "Condition", "prepare"]


class Hand(Protocol):
    """What drives the hand; it stays open for so long whatever is commanded."""

    forced_open_s: float


Event = Callable[[float, Hand], None]

MAX_REDRAWS = 40  # scenes that do not allow the skill are drawn again
CAMERA_SHIFT_M, CAMERA_TURN_RAD = 0.02, np.deg2rad(3.0)
SHOVE_M_S = 0.35
FORCED_OPEN_S = 0.5

TABLETOP = SceneConfig(
    name="test", objects=ObjectsConfig(count=(2, 5), distinct_colours=True), targets=TargetsConfig(zones=(1, 2))
)


@dataclass(frozen=True, slots=True)
class Condition:
    """One test condition.

    Attributes:
        name: As on the command line.
        summary: One sentence.
        scene: Where scenes are drawn from.
        cameras_moved: Every camera is displaced by 2 cm and turned by 3 degrees, in a random direction.
        event: ``shove``, ``drop`` or nothing, at a random time.
    """

    name: str
    summary: str
    scene: SceneConfig = TABLETOP
    cameras_moved: bool = False
    event: str = ""


def _objects(**changes: object) -> SceneConfig:
    return replace(TABLETOP, objects=replace(TABLETOP.objects, **changes))  # type: ignore[arg-type]


_ROWS = (
    Condition("nominal", "2 to 5 objects of distinct colours, 1 or 2 zones, fixed light and cameras"),
    Condition("shove", "the object is pushed away at 0.35 m/s at a random time", event="shove"),
    Condition("drop", "the hand is forced open for 0.5 s while it holds the object", event="drop"),
    Condition(
        "light",
        "light at 60 to 140 %, lamps moved by up to 0.4 m",
        replace(TABLETOP, look=LookConfig(brightness=(0.6, 1.4), light_noise_m=0.4)),
    ),
    Condition("camera", "both cameras displaced by 2 cm and turned by 3 degrees", cameras_moved=True),
    Condition(
        "size", "objects 13 to 16 % larger than nominal: larger than any in training", _objects(scale=(1.13, 1.16))
    ),
    Condition("distractors", "two grey things more", _objects(distractors=(2, 2))),
    Condition(
        "colours_shared",
        "things and zones may share a colour; then the shape decides",
        _objects(distinct_colours=False),
    ),
)
CONDITIONS = {row.name: row for row in _ROWS}


def prepare(simulation: Simulation, condition: Condition, skill: Skill, seed: int) -> tuple[Task, Event]:
    """Reset to the first scene after ``seed`` that allows ``skill``; return the task and what happens during it.

    Raises:
        SceneError: none of 40 scenes allows it.
    """
    for redraw in range(MAX_REDRAWS):
        rng = np.random.default_rng([seed, redraw])
        layout = sample_layout(condition.scene, rng)
        task = sample_task(layout, rng, [skill])
        if task is not None:
            break
    else:
        raise SceneError(f"no scene of {MAX_REDRAWS} allows {skill.value!r}")
    if condition.cameras_moved:
        layout = _moved_cameras(layout, rng)
    if skill is Skill.HOME:  # at home it would be done at once
        layout = with_start(layout, start_joints(layout, rng))
    simulation.reset(seed, layout, task.start_width_m)
    return task, _event(simulation, condition, task, rng)


def _moved_cameras(layout: SceneLayout, rng: np.random.Generator) -> SceneLayout:
    return replace(layout, cameras=tuple((name, _moved(camera, rng)) for name, camera in layout.cameras))


def _moved(camera: CameraLayout, rng: np.random.Generator) -> CameraLayout:
    shift, turn = (vector / np.linalg.norm(vector) for vector in rng.normal(size=(2, 3)))
    position = np.asarray(camera.position_m) + CAMERA_SHIFT_M * shift
    quaternion = np.array(camera.quaternion_wxyz)
    mujoco.mju_quatIntegrate(quaternion, CAMERA_TURN_RAD * turn, 1.0)
    return replace(camera, position_m=tuple(position.tolist()), quaternion_wxyz=tuple(quaternion.tolist()))


def _event(simulation: Simulation, condition: Condition, task: Task, rng: np.random.Generator) -> Event:
    time_s, angle = float(rng.uniform(0.5, 2.5)), float(rng.uniform(-np.pi, np.pi))
    if not condition.event or task.skill not in NEEDS_OBJECT:
        return lambda now_s, hand: None
    index = simulation.layout.object_index(task.object_name)
    happened: list[float] = []

    def shove(now_s: float, hand: Hand) -> None:
        if now_s >= time_s and not happened and simulation.truth.held_object() != index:
            happened.append(now_s)
            simulation.truth.kick_object(index, SHOVE_M_S * np.array([np.cos(angle), np.sin(angle), 0.0]))

    def drop(now_s: float, hand: Hand) -> None:
        if not happened and simulation.truth.held_object() == index:
            happened.append(now_s)
            hand.forced_open_s = FORCED_OPEN_S

    return shove if condition.event == "shove" else drop
