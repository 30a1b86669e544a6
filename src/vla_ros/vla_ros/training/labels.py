# SPDX-License-Identifier: Apache-2.0
"""What the network is to answer in a frame for a task: action chunk, auxiliary values, points where the phrases lie.

Everything is computed from the recorded truth: the expert's law rolled out from the measured state labels any frame for
any task.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vla_ros.training.records import CAMERAS, NETWORK, SKILLS
from vla_ros.training.situations import goals, needs, situations
from vla_sim.experts.law import is_delivered, is_held, wrapped
from vla_sim.experts.rollout import roll_out
from vla_sim.experts.situation import Handling, Situation, as_it_lies
from vla_sim.tasks.success import (
    CLOSED_WIDTH_M,
    HAND_AWAY_M,
    HOME_M,
    LIFT_M,
    OPEN_WIDTH_M,
    REACH_HEIGHT_M,
    REACH_RADIUS_M,
)
from vla_sim.tasks.task import NEEDS_OBJECT, NEEDS_TARGET, Skill

__all__ = ["AUXILIARY", "Labels", "label", "projections"]

Records = npt.NDArray[Any]
Array = npt.NDArray[np.float64]

# Columns of the auxiliary head; scales bring metres near to one.
AUXILIARY = ("object_x", "object_y", "object_z", "yaw_sin", "yaw_cos", "goal_x", "goal_y", "goal_z", "held", "done")
OBJECT_SCALE, GOAL_SCALE = 10.0, 4.0
HALF_OPEN_M = 0.04


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """Labels of N frames.

    Attributes:
        actions: ``(N, T, 5)`` displacement in the tool-yaw frame [m], yaw change [rad], gripper +1 open or -1 closed.
        auxiliary: ``(N, X)`` columns of ``AUXILIARY``.
        auxiliary_mask: ``(N, X)`` columns that mean something for the task.
        points: ``(N, G, C, 2)`` u, v where object and target lie, as shares of the picture; NaN: outside or not named.
    """

    actions: npt.NDArray[np.float32]
    auxiliary: npt.NDArray[np.float32]
    auxiliary_mask: npt.NDArray[np.bool_]
    points: npt.NDArray[np.float32]


def label(frames: Records, scenes: Records, tasks: Records) -> Labels:
    """Return the labels of ``frames (N,)`` in ``scenes (N,)`` for ``tasks (N,)``."""
    situation, handling = situations(frames, scenes, tasks)
    actions = np.zeros((len(frames), NETWORK.rows, NETWORK.action), np.float32)
    done = np.zeros(len(frames), bool)
    for index, skill in enumerate(SKILLS):
        chosen = np.flatnonzero(tasks["skill"] == index)
        if len(chosen):
            part, constants = _take(situation, chosen), _take(handling, chosen)
            actions[chosen] = _actions(skill, part, constants)
            done[chosen] = _done(skill, part, constants)
    auxiliary, mask = _auxiliary(situation, handling, tasks, done)
    return Labels(actions, auxiliary, mask, _points(frames, scenes, tasks))


def projections(frames: Records, scenes: Records, points: Array) -> Array:
    """Return ``(N, C, 2)`` u, v of ``points (N, 3)`` [m] as shares of what the network sees; NaN behind the camera."""
    offset = points[:, None] - frames["camera_position"]
    local = np.einsum("nci,ncij->ncj", offset, frames["camera_rotation"])
    depth = np.where(local[..., 2] < -1e-3, -local[..., 2], np.nan)
    focal = 0.5 / np.tan(np.deg2rad(scenes["fovy_deg"]) / 2.0)
    u, v = 0.5 + focal * local[..., 0] / depth, 0.5 - focal * local[..., 1] / depth
    crops = np.array(NETWORK.image_crops)
    return np.stack(
        [(u - crops[:, 0]) / (crops[:, 2] - crops[:, 0]), (v - crops[:, 1]) / (crops[:, 3] - crops[:, 1])], -1
    )


def _take(values: Any, index: npt.NDArray[np.int64]) -> Any:
    cls = type(values)
    return cls(*(getattr(values, name)[index] for name in cls.__slots__))


def _in_tool(offset: Array, yaw: Array) -> Array:
    """Turn offsets ``(N, ..., 3)`` from the base into frames turned by ``yaw (N,)``."""
    shape = (len(yaw),) + (1,) * (offset.ndim - 2)
    c, s = np.cos(yaw).reshape(shape), np.sin(yaw).reshape(shape)
    x, y = offset[..., 0], offset[..., 1]
    return np.stack([c * x + s * y, c * y - s * x, offset[..., 2]], axis=-1)


def _actions(skill: Skill, situation: Situation, handling: Handling) -> npt.NDArray[np.float32]:
    chunk = roll_out(skill, situation, handling, NETWORK.rows)
    moved = _in_tool(chunk.position - situation.tool_position[:, None], situation.tool_yaw)
    turned = wrapped(chunk.yaw - situation.tool_yaw[:, None])
    gripper = np.where(chunk.width > HALF_OPEN_M, 1.0, -1.0)
    return np.concatenate([moved, turned[..., None], gripper[..., None]], axis=-1).astype(np.float32)


def _done(skill: Skill, s: Situation, t: Handling) -> npt.NDArray[np.bool_]:
    """Say where the task is accomplished, by the criteria of ``vla_sim.tasks.success``."""
    t = as_it_lies(s, t)
    if skill is Skill.OPEN:
        return np.asarray(s.width > OPEN_WIDTH_M)
    if skill is Skill.CLOSE:
        return np.asarray(s.width < CLOSED_WIDTH_M)
    if skill is Skill.HOME:
        near = np.linalg.norm(s.tool_position - s.goal_position, axis=1) < HOME_M
        return near & (s.width > OPEN_WIDTH_M)
    offset = s.tool_position - s.object_position
    if skill is Skill.PICK:
        return is_held(s, t) & (s.object_position[:, 2] - t.half_height > LIFT_M)
    if skill is Skill.REACH:
        height = offset[:, 2] - t.half_height
        above = (height > REACH_HEIGHT_M[0]) & (height < REACH_HEIGHT_M[1])
        return above & (np.hypot(offset[:, 0], offset[:, 1]) < REACH_RADIUS_M)
    return is_delivered(s, t) & ~is_held(s, t) & (np.linalg.norm(offset, axis=1) > HAND_AWAY_M)


def _auxiliary(
    s: Situation, t: Handling, tasks: Records, done: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    t = as_it_lies(s, t)
    thing = OBJECT_SCALE * _in_tool(s.object_position - s.tool_position, s.tool_yaw)
    goal = GOAL_SCALE * _in_tool(s.goal_position - s.tool_position, s.tool_yaw)
    period = np.where(t.yaw_period > 0.0, t.yaw_period, 1.0)
    angle = 2.0 * np.pi / period * (s.object_yaw - s.tool_yaw)
    handles, aims = needs(tasks, NEEDS_OBJECT), needs(tasks, NEEDS_TARGET)
    held = is_held(s, t) & handles
    columns = [thing, np.sin(angle)[:, None], np.cos(angle)[:, None], goal, held[:, None], done[:, None]]
    turns = handles & (t.yaw_period > 0.0)
    masks = [handles] * 3 + [turns] * 2 + [aims] * 3 + [np.ones_like(handles)] * 2
    return np.hstack(columns).astype(np.float32), np.stack(masks, axis=1)


def _points(frames: Records, scenes: Records, tasks: Records) -> npt.NDArray[np.float32]:
    rows = np.arange(len(frames))
    thing = frames["object_position"][rows, np.maximum(tasks["object"], 0)].astype(float)
    target = goals(frames, scenes, tasks)
    lower = tasks["skill"] == SKILLS.index(Skill.STACK)
    below = frames["object_position"][rows, np.maximum(tasks["target"], 0)]
    target = np.where(lower[:, None], below, target)
    named = (needs(tasks, NEEDS_OBJECT), needs(tasks, NEEDS_TARGET))
    shares = np.full((len(frames), NETWORK.groundings, len(CAMERAS), 2), np.nan, np.float32)
    for phrase, (points, present) in enumerate(zip((thing, target), named, strict=True)):
        share = projections(frames, scenes, points)
        inside = ((share >= 0.0) & (share < 1.0)).all(axis=-1) & present[:, None]
        shares[:, phrase] = np.where(inside[..., None], share, np.nan)
    return shares
