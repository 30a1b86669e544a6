# SPDX-License-Identifier: Apache-2.0
"""Which tasks a scene allows, and a random one of them. No motion."""

from collections.abc import Sequence

import numpy as np

from vla_sim.scene.layout import ObjectLayout, SceneLayout, ZoneLayout
from vla_sim.scene.palette import Shape
from vla_sim.tasks.language import plain_sentence, sentence
from vla_sim.tasks.task import NEEDS_OBJECT, Skill, Task

PUSH_LANE_M = 0.035  # free half width of the way of a push, beside the radii
PUSH_RUN_UP_M = 0.06
PUSH_START_Y_M = 0.24  # further out the fingers would come down on a bin's wall
PUSH_MIN_M = 0.05  # shorter pushes would begin inside the zone


def possible_tasks(layout: SceneLayout, skill: Skill) -> tuple[tuple[str, str], ...]:
    """Return every (object, target) that ``skill`` can be asked with in this scene; names as in the layout."""
    things = [thing for thing in layout.objects if not thing.distractor]
    if skill not in NEEDS_OBJECT:
        return (("", ""),)
    if skill is Skill.PLACE_IN_BIN:
        return tuple((thing.name, side) for thing in things for side, _ in layout.bins_m)
    if skill is Skill.PLACE_ON_ZONE:
        return tuple((thing.name, zone.name) for thing in things for zone in layout.zones)
    if skill is Skill.STACK:
        return tuple((a.name, b.name) for a in things for b in things if a is not b and _can_stack(a, b))
    if skill is Skill.PUSH_TO_ZONE:
        return tuple((t.name, zone.name) for t in things for zone in layout.zones if _can_push(layout, t, zone))
    return tuple((thing.name, "") for thing in things)


def sample_task(
    layout: SceneLayout, rng: np.random.Generator, skills: Sequence[Skill] = tuple(Skill), *, varied: bool = True
) -> Task | None:
    """Return a random task of this scene, or None where it allows none of ``skills``.

    The skill is drawn first among those that are possible; ``varied`` False gives the plainest sentence.
    """
    allowed = [(skill, pairs) for skill in skills if (pairs := possible_tasks(layout, skill))]
    if not allowed:
        return None
    skill, pairs = allowed[int(rng.integers(len(allowed)))]
    thing, target = pairs[int(rng.integers(len(pairs)))]
    text = sentence(skill, thing, target, rng) if varied else plain_sentence(skill, thing, target)
    return Task(skill, text, thing, target)


def _can_stack(upper: ObjectLayout, lower: ObjectLayout) -> bool:
    return upper.shape is not Shape.BALL and lower.shape is not Shape.BALL


def _can_push(layout: SceneLayout, thing: ObjectLayout, zone: ZoneLayout) -> bool:
    """Say whether the straight way from behind the object into the zone is free of other objects."""
    start, goal = np.asarray(thing.position_m[:2]), np.asarray(zone.position_m)
    length = float(np.linalg.norm(goal - start))
    if length < PUSH_MIN_M + zone.half_size_m:
        return False
    along = (goal - start) / length
    if abs(start[1] - along[1] * (thing.radius_m + PUSH_RUN_UP_M)) > PUSH_START_Y_M:
        return False
    for other in layout.objects:
        if other is thing:
            continue
        offset = np.asarray(other.position_m[:2]) - start
        nearest = np.clip(offset @ along, -thing.radius_m - PUSH_RUN_UP_M, length)
        if np.linalg.norm(offset - nearest * along) < other.radius_m + thing.radius_m + PUSH_LANE_M:
            return False
    return True
