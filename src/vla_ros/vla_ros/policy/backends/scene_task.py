# SPDX-License-Identifier: Apache-2.0
"""From a sentence and the simulation's ground truth to the expert's task and situation. Only for the scripted policy.

The sentence is read by inverting the simulation's own templates, so it understands exactly what the demonstrations say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.errors import PolicyError
from vla_sim.experts.observe import (
    BIN_FLOOR_M,
    CARRY_CLEARANCE_M,
    DROP_M,
    YAW_PERIOD,
    posture,
    tolerances,
)
from vla_sim.experts.situation import Handling, Situation
from vla_sim.scene.model import BIN_HALF_M
from vla_sim.scene.palette import Shape
from vla_sim.tasks.language import SYNONYMS, TEMPLATES
from vla_sim.tasks.success import HOME_POSITION_M
from vla_sim.tasks.task import NEEDS_OBJECT, NEEDS_TARGET, Skill

__all__ = ["SceneObject", "SceneTask", "ToolState", "handling_of", "situation_of", "task_of"]

Array = npt.NDArray[np.float64]

BIN, ZONE = "bin", "zone"
_CANONICAL = {word: name for name, words in SYNONYMS.items() for word in words}


@dataclass(frozen=True, slots=True)
class SceneObject:
    """One thing of the scene as ground truth tells it; bins and zones have the shapes ``bin`` and ``zone``.

    Attributes:
        name: ``red cube``, ``green zone``, ``left bin``.
        shape: ``cube``, ``cylinder``, ``ball``, ``box``, ``bin`` or ``zone``.
        half_size_m: ``(3,)`` half extents.
        position_m: ``(3,)`` centre in the base.
        yaw_rad: Turn about the base's z; of the axis if it lies.
        lies: It is a cylinder on its side.
    """

    name: str
    shape: str
    half_size_m: Array
    position_m: Array
    yaw_rad: float = 0.0
    lies: bool = False

    @classmethod
    def seen(cls, name: str, shape: str, half_size_m: Array, position_m: Array, quaternion_wxyz: Array) -> SceneObject:
        """Return what has the posture ``quaternion_wxyz (4,)``."""
        if shape in (BIN, ZONE):
            return cls(name, shape, half_size_m, position_m)
        return cls(name, shape, half_size_m, position_m, *posture(quaternion_wxyz, Shape(shape)))


@dataclass(frozen=True, slots=True)
class SceneTask:
    """A skill with the things that take part, and how high what lies in the target bin already reaches [m]."""

    skill: Skill
    thing: SceneObject | None = None
    target: SceneObject | None = None
    filled_m: float = 0.0


@dataclass(frozen=True, slots=True)
class ToolState:
    """The tool as measured: position ``(3,)`` [m], velocity ``(3,)`` [m/s], yaw [rad] in the base, opening [m]."""

    position: Array
    velocity: Array
    yaw: float
    width: float


def task_of(text: str, scene: tuple[SceneObject, ...]) -> SceneTask:
    """Return the task that ``text`` asks for in ``scene``.

    Raises:
        PolicyError: the sentence is none of the simulation's, or names nothing that is there.
    """
    words = " ".join(re.findall(r"[a-z]+", text.lower()))
    for skill, template in ((kind, template) for kind in Skill for template in TEMPLATES[kind]):
        match = re.fullmatch(_pattern(template), words)
        task = match and _resolved(skill, match.groupdict(), scene)
        if task:
            return task
    names = ", ".join(thing.name for thing in scene) or "nothing"
    raise PolicyError(f"the scripted policy does not understand '{text}'; the scene has {names}")


def situation_of(task: SceneTask, tool: ToolState) -> Situation:
    """Return what the expert of ``task`` sees (B = 1)."""
    thing = task.thing
    return Situation(
        tool_position=tool.position[None],
        tool_velocity=tool.velocity[None],
        tool_yaw=np.array([tool.yaw]),
        width=np.array([tool.width]),
        object_position=(np.zeros(3) if thing is None else thing.position_m)[None],
        object_yaw=np.array([0.0 if thing is None else thing.yaw_rad]),
        object_lies=np.array([thing is not None and thing.lies]),
        goal_position=_goal(task)[None],
    )


def handling_of(task: SceneTask) -> Handling:
    """Return the constants of ``task`` (B = 1), those of ``vla_sim.experts.observe``."""
    thing = task.thing
    if thing is None:
        zero = np.zeros(1)
        return Handling(zero, zero, zero, zero, zero, np.zeros((1, 2)), zero)
    zone_half_m = 0.0 if task.target is None else float(task.target.half_size_m[0])
    release, half = tolerances(task.skill, np.array([zone_half_m]))
    shape = Shape(thing.shape)
    round_ = shape in (Shape.BALL, Shape.CYLINDER)
    carry = thing.half_size_m[2] + CARRY_CLEARANCE_M + (0.02 if task.skill is Skill.STACK else 0.0)
    return Handling(
        grasp_width=np.array([2.0 * float(np.min(thing.half_size_m[:2]))]),
        half_height=thing.half_size_m[2:3],
        radius=np.array([float(thing.half_size_m[0] if round_ else np.hypot(*thing.half_size_m[:2]))]),
        yaw_period=np.array([YAW_PERIOD[shape]]),
        release_radius=np.array([release]),
        goal_half=half,
        carry_height=np.array([carry]),
    )


def _pattern(template: str) -> str:
    plain = " ".join(re.findall(r"[a-z{}]+", template))
    return plain.replace("{object}", r"(?:the )?(?P<object>[a-z ]+?)").replace("{target}", r"(?P<target>[a-z ]+?)")


def _resolved(skill: Skill, names: dict[str, str], scene: tuple[SceneObject, ...]) -> SceneTask | None:
    things = {thing.name: thing for thing in scene}
    thing = things.get(_plain(names.get("object", "")))
    target_name = _plain(names.get("target", ""))
    target = things.get(f"{target_name} {BIN}" if skill is Skill.PLACE_IN_BIN else target_name)
    if (skill in NEEDS_OBJECT and thing is None) or (skill in NEEDS_TARGET and target is None):
        return None
    on_zone = skill in (Skill.PLACE_ON_ZONE, Skill.PUSH_TO_ZONE)
    if target is not None and (on_zone != (target.shape == ZONE) or (skill is Skill.STACK and target.shape == BIN)):
        return None
    return SceneTask(skill, thing, target, _filled(thing, target, scene))


def _filled(thing: SceneObject | None, target: SceneObject | None, scene: tuple[SceneObject, ...]) -> float:
    """Return the height above the floor of the highest other thing in the target bin [m]; 0: it is empty."""
    if target is None or target.shape != BIN:
        return 0.0
    inside = [
        float(each.position_m[2] + each.half_size_m[2])
        for each in scene
        if each is not thing
        and each.shape not in (BIN, ZONE)
        and bool((np.abs(each.position_m[:2] - target.position_m[:2]) < np.asarray(BIN_HALF_M)).all())
    ]
    return max([*inside, BIN_FLOOR_M]) - BIN_FLOOR_M


def _plain(name: str) -> str:
    return " ".join(_CANONICAL.get(word, word) for word in name.split() if word != "the")


def _goal(task: SceneTask) -> Array:
    if task.skill is Skill.HOME:
        return HOME_POSITION_M
    if task.target is None or task.thing is None:
        return np.zeros(3)
    half, target = float(task.thing.half_size_m[2]), task.target
    heights = {
        Skill.PLACE_IN_BIN: BIN_FLOOR_M + task.filled_m + half + DROP_M,  # what is pushed onto another thing reflexes
        Skill.STACK: float(target.position_m[2] + target.half_size_m[2]) + half + 0.001,
    }
    return np.array([*target.position_m[:2], heights.get(task.skill, half + 0.001)])
