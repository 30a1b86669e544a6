# SPDX-License-Identifier: Apache-2.0
"""Snapshots: one frame of each of many scenes that differ in everything, with the hand where a task may bring it.

The expert labels any state, so that a frame needs no episode around it. A scene per frame is what keeps the policy from
knowing its training scenes by heart: 60 000 frames of 1100 demonstrated scenes left the error on new scenes twice as
large as on known ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
import numpy.typing as npt

from vla_ros.training.config import GenerationConfig
from vla_ros.training.demonstrate import pictures
from vla_ros.training.records import NO_TASK, frame_of, scene_of
from vla_ros.training.scenes import START_HIGH_M, START_LOW_M, START_YAW_RAD, draw_layout, draw_task
from vla_ros.training.shards import Episode
from vla_sim.experts.law import TIP_HALF_M, TOOL_FLOOR_M
from vla_sim.experts.observe import YAW_PERIOD
from vla_sim.kinematics import ARM_DOF, Kinematics, tilt_error, yaw_of
from vla_sim.scene.layout import ObjectLayout, SceneLayout
from vla_sim.simulation import Simulation, SimulationConfig

__all__ = ["Snapshots", "joints_at"]

Array = npt.NDArray[np.float64]

# Where the hand is, and how often.
KINDS = {"home": 0.2, "anywhere": 0.2, "over": 0.28, "pushing": 0.1, "holding": 0.22}
IK_STEPS, IK_DAMPING, IK_TOLERANCE_M = 30, 0.03, 0.004


@dataclass(frozen=True, slots=True, eq=False)
class _Hand:
    """Tool position ``(3,)`` [m] and yaw [rad] in the base, distance of the fingers [m], and what they hold."""

    position: Array
    yaw_rad: float
    width_m: float
    held: int = -1


class Snapshots:
    """Makes one snapshot after the other."""

    def __init__(self, config: GenerationConfig, seed: int) -> None:
        """Draw from ``seed``."""
        self._config, self._rng = config, np.random.default_rng(seed)
        self._simulation = Simulation(SimulationConfig(timestep_s=0.002, reflexes=False))
        self._kinematics = Kinematics()

    def episode(self) -> Episode:
        """Return one frame of a new scene."""
        rng, simulation = self._rng, self._simulation
        layout = draw_layout(self._config.nominal, rng)
        joints, hand = self._reachable_hand(layout)
        simulation.reset(0, layout, hand.width_m)
        simulation.data.qpos[:ARM_DOF] = joints
        mujoco.mj_forward(simulation.model, simulation.data)
        if hand.held >= 0:
            self._put_into_hand(layout, hand)
        frame, scene = frame_of(simulation, 0, NO_TASK), scene_of(layout)
        frame["task"] = draw_task(frame, scene, self._config.weights, rng)
        return Episode(scene, frame[None], pictures(simulation)[None], (True,))

    def _reachable_hand(self, layout: SceneLayout) -> tuple[Array, _Hand]:
        home = np.asarray(layout.home_rad)
        while True:
            kind = str(self._rng.choice(list(KINDS), p=list(KINDS.values())))
            if kind == "home":
                tool = self._kinematics.tool(home)
                return home, _Hand(tool.position, float(yaw_of(tool.rotation)), self._width())
            hand = _place(kind, layout, self._width(), self._rng)
            joints = joints_at(self._kinematics, home, hand.position, hand.yaw_rad)
            if joints is not None:
                return joints, hand

    def _width(self) -> float:
        return float(self._rng.choice([0.08, 0.0, self._rng.uniform(0.0, 0.08)], p=[0.75, 0.2, 0.05]))

    def _put_into_hand(self, layout: SceneLayout, hand: _Hand) -> None:
        thing, state = layout.objects[hand.held], self._simulation.state()
        offset = self._rng.normal(0.0, [0.004, 0.001, 0.003])
        yaw = _turned(thing, yaw_of(state.tool_rotation), self._rng)
        position = state.tool_position + np.array([*_rotated(offset[:2], hand.yaw_rad), offset[2]])
        self._simulation.truth.move_object(hand.held, position, np.array([np.cos(yaw / 2), 0.0, 0.0, np.sin(yaw / 2)]))


def joints_at(kinematics: Kinematics, start: Array, position: Array, yaw_rad: float) -> Array | None:
    """Return joints ``(7,)`` of a tool that points down at ``position`` with ``yaw_rad``; None where Newton fails."""
    joints = np.array(start, dtype=float)
    for _ in range(IK_STEPS):
        tool = kinematics.tool(joints)
        turn = (yaw_rad - yaw_of(tool.rotation) + np.pi) % (2 * np.pi) - np.pi
        error = np.concatenate([position - tool.position, tilt_error(tool.rotation, yaw_of(tool.rotation))])
        error[5] += turn
        if np.abs(error[:3]).max() < IK_TOLERANCE_M and np.abs(error[3:]).max() < 0.02:
            return joints
        length = np.linalg.norm(error)
        error *= min(1.0, 0.3 / max(float(length), 1e-9))
        damped = tool.jacobian @ tool.jacobian.T + IK_DAMPING**2 * np.eye(6)
        joints = joints + tool.jacobian.T @ np.linalg.solve(damped, error)
    return None


def _place(kind: str, layout: SceneLayout, width_m: float, rng: np.random.Generator) -> _Hand:
    named = [index for index, thing in enumerate(layout.objects) if not thing.distractor]
    index = int(rng.choice(named))
    thing, yaw = layout.objects[index], float(rng.uniform(-START_YAW_RAD, START_YAW_RAD))
    if kind == "over":
        return _over(thing, width_m, rng)
    if kind == "pushing" and layout.zones:
        return _behind(thing, np.asarray(layout.zones[int(rng.integers(len(layout.zones)))].position_m), rng)
    position = rng.uniform(START_LOW_M, START_HIGH_M)
    if kind != "holding":
        return _Hand(position, yaw, width_m)
    if rng.uniform() < 0.6:  # on its way down to somewhere it may be put
        position[:2] = _somewhere_to_put(layout, index, rng) + rng.normal(0.0, 0.02, 2)
    position[2] = max(TOOL_FLOOR_M, thing.half_size_m[2]) + rng.uniform(0.0, 0.2) ** 2 / 0.2
    return _Hand(position, 0.3 * yaw, thing.grasp_width_m - float(rng.uniform(0.0, 0.001)), index)


def _over(thing: ObjectLayout, width_m: float, rng: np.random.Generator) -> _Hand:
    """Anywhere in the funnel above an object, down to around it."""
    height = 0.12 * float(rng.uniform()) ** 2
    spread = rng.choice([0.005, 0.015, 0.04]) + 0.2 * height
    position = np.array(thing.position_m) + np.append(rng.normal(0.0, spread, 2), height)
    position[2] = max(position[2], TOOL_FLOOR_M)
    yaw = _turned(thing, 0.0, rng) if rng.uniform() < 0.3 else thing.yaw_rad + float(rng.normal(0.0, 0.2))
    period = YAW_PERIOD[thing.shape] or np.pi / 2
    return _Hand(position, (yaw + period / 2) % period - period / 2, width_m)


def _behind(thing: ObjectLayout, goal: Array, rng: np.random.Generator) -> _Hand:
    """Closed and low behind an object, seen from where it is to be pushed."""
    start = np.asarray(thing.position_m)
    along = (goal - start[:2]) / max(float(np.linalg.norm(goal - start[:2])), 1e-6)
    distance = thing.radius_m + TIP_HALF_M + float(rng.uniform(0.0, 0.03))
    position = start.copy()
    position[:2] += rng.normal(0.0, 0.008, 2) - along * distance
    position[2] = TOOL_FLOOR_M + float(rng.uniform(0.0, 0.2)) ** 2
    yaw = float(np.arctan2(along[1], along[0])) + float(rng.normal(0.0, 0.15))
    return _Hand(position, (yaw + np.pi / 2) % np.pi - np.pi / 2, 0.0)


def _somewhere_to_put(layout: SceneLayout, index: int, rng: np.random.Generator) -> Array:
    places = [centre for _, centre in layout.bins_m] + [zone.position_m for zone in layout.zones]
    places += [thing.position_m[:2] for other, thing in enumerate(layout.objects) if other != index]
    return np.asarray(places[int(rng.integers(len(places)))])


def _turned(thing: ObjectLayout, yaw_rad: float, rng: np.random.Generator) -> float:
    """Return a yaw of the object at which the hand at ``yaw_rad`` holds it across its narrow side."""
    return yaw_rad + YAW_PERIOD[thing.shape] * int(rng.integers(4)) + float(rng.normal(0.0, 0.05))


def _rotated(offset: Array, yaw_rad: float) -> Array:
    c, s = np.cos(yaw_rad), np.sin(yaw_rad)
    return np.array([c * offset[0] - s * offset[1], s * offset[0] + c * offset[1]])
