# SPDX-License-Identifier: Apache-2.0
"""What one recorded frame and its scene hold, as numpy record types, and how they are read from a simulation.

Pictures are kept beside the frames. Labels are not recorded: they are a function of frame, scene and task.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from vla_ros.policy.flow.config import FlowConfig
from vla_sim.experts.observe import posture
from vla_sim.kinematics import yaw_of
from vla_sim.scene.config import MAX_OBJECTS, MAX_ZONES
from vla_sim.scene.layout import SceneLayout
from vla_sim.scene.palette import COLOURS, Shape
from vla_sim.simulation import Simulation
from vla_sim.tasks.task import Skill, Task

__all__ = [
    "CAMERAS",
    "FRAME",
    "NETWORK",
    "NONE",
    "NO_TASK",
    "SCENE",
    "SHAPES",
    "SIDES",
    "SKILLS",
    "TASK",
    "frame_of",
    "names_of",
    "scene_of",
    "task_of",
]

Records = npt.NDArray[Any]

CAMERAS = ("scene", "wrist")
SIDES = ("left", "right")
SHAPES = tuple(Shape)
SKILLS = tuple(Skill)
NETWORK = FlowConfig()  # says which part of a picture is kept, and its size
NONE = -1

TASK = np.dtype([("skill", "i1"), ("object", "i1"), ("target", "i1")])
NO_TASK = np.array((0, NONE, NONE), TASK)
SCENE = np.dtype(
    [
        ("objects", "i1"),  # how many, distractors included
        ("shape", "i1", MAX_OBJECTS),
        ("colour", "i1", MAX_OBJECTS),  # NONE: a distractor
        ("half_size", "f4", (MAX_OBJECTS, 3)),  # [m]
        ("zones", "i1"),
        ("zone_colour", "i1", MAX_ZONES),
        ("zone_position", "f4", (MAX_ZONES, 2)),  # [m] in the base
        ("zone_half", "f4", MAX_ZONES),
        ("bin_position", "f4", (len(SIDES), 2)),
        ("fovy_deg", "f4", len(CAMERAS)),
    ]
)
FRAME = np.dtype(
    [
        ("scene", "i4"),  # row of the shard's scenes
        ("task", TASK),  # what was being done
        ("joints", "f4", 7),  # [rad], measured
        ("tool_position", "f4", 3),  # [m] in the base
        ("tool_velocity", "f4", 3),
        ("tool_yaw", "f4"),
        ("width", "f4"),
        ("object_position", "f4", (MAX_OBJECTS, 3)),
        ("object_yaw", "f4", MAX_OBJECTS),
        ("object_lies", "?", MAX_OBJECTS),  # a cylinder on its side
        ("camera_position", "f4", (len(CAMERAS), 3)),
        ("camera_rotation", "f4", (len(CAMERAS), 3, 3)),  # camera in base; MuJoCo's: looks along -z, y up
    ]
)


def scene_of(layout: SceneLayout) -> Records:
    """Return the ``SCENE`` record of a layout; it needs both bins."""
    record = np.zeros((), SCENE)
    record["objects"], record["zones"] = len(layout.objects), len(layout.zones)
    record["colour"], record["zone_colour"] = NONE, NONE
    for index, thing in enumerate(layout.objects):
        record["shape"][index] = SHAPES.index(thing.shape)
        record["colour"][index] = NONE if thing.distractor else COLOURS.index(thing.colour)
        record["half_size"][index] = thing.half_size_m
    for index, zone in enumerate(layout.zones):
        record["zone_colour"][index] = COLOURS.index(zone.colour)
        record["zone_position"][index] = zone.position_m
        record["zone_half"][index] = zone.half_size_m
    bins, cameras = dict(layout.bins_m), dict(layout.cameras)
    record["bin_position"] = [bins[side] for side in SIDES]
    record["fovy_deg"] = [cameras[name].fovy_deg for name in CAMERAS]
    return record


def frame_of(simulation: Simulation, scene: int, task: Records) -> Records:
    """Return the ``FRAME`` record of a simulation as it is now."""
    state, record = simulation.state(), np.zeros((), FRAME)
    record["scene"], record["task"] = scene, task
    record["joints"], record["width"] = state.position, state.gripper_width_m
    record["tool_position"], record["tool_velocity"] = state.tool_position, state.tool_velocity[:3]
    record["tool_yaw"] = yaw_of(state.tool_rotation)
    for index, thing in enumerate(simulation.truth.objects()):
        record["object_position"][index] = thing.position
        yaw, lies = posture(thing.quaternion_wxyz, simulation.layout.objects[index].shape)
        record["object_yaw"][index], record["object_lies"][index] = yaw, lies
    for index, name in enumerate(CAMERAS):
        camera = simulation.data.camera(name)
        record["camera_position"][index] = camera.xpos
        record["camera_rotation"][index] = camera.xmat.reshape(3, 3)
    return record


def task_of(layout: SceneLayout, task: Task) -> Records:
    """Return the ``TASK`` record of a task in its scene."""
    targets = {
        Skill.PLACE_IN_BIN: list(SIDES),
        Skill.STACK: [thing.name for thing in layout.objects],
        Skill.PLACE_ON_ZONE: [zone.name for zone in layout.zones],
        Skill.PUSH_TO_ZONE: [zone.name for zone in layout.zones],
    }
    thing = layout.object_index(task.object_name) if task.object_name else NONE
    target = targets[task.skill].index(task.target_name) if task.skill in targets else NONE
    return np.array((SKILLS.index(task.skill), thing, target), TASK)


def names_of(scene: Records, task: Records) -> tuple[Skill, str, str]:
    """Return skill, object name and target name of a ``TASK`` record; the inverse of :func:`task_of`."""
    skill, thing, target = SKILLS[int(task["skill"])], int(task["object"]), int(task["target"])
    object_name = "" if thing == NONE else _object_name(scene, thing)
    if target == NONE:
        return skill, object_name, ""
    if skill is Skill.PLACE_IN_BIN:
        return skill, object_name, SIDES[target]
    if skill is Skill.STACK:
        return skill, object_name, _object_name(scene, target)
    return skill, object_name, f"{COLOURS[int(scene['zone_colour'][target])]} zone"


def _object_name(scene: Records, index: int) -> str:
    return f"{COLOURS[int(scene['colour'][index])]} {SHAPES[int(scene['shape'][index])].value}"
