# SPDX-License-Identifier: Apache-2.0
"""Records one expert episode at the policy's rate, with disturbances that the expert has to correct. No files.

Every row: both images, measured state, and the situation and handling of the expert, from which `experts.rollout`
makes the action label in the training loop (the label is always the expert's, also while a disturbance drives the arm).
A `Sink` is told of everything as it happens, at the rate of control.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Protocol

import numpy as np

from vla_sim.controllers.reflex import Reflex
from vla_sim.controllers.trajectory import Float64, JointTrajectory
from vla_sim.experts.episode import SUCCESS_HOLD_S, ToolDriver, hand_width_m
from vla_sim.experts.law import expert
from vla_sim.experts.observe import handling, observe
from vla_sim.experts.situation import ToolCommand
from vla_sim.projection import project
from vla_sim.rendering import Image
from vla_sim.scene.config import SceneConfig
from vla_sim.scene.layout import SceneLayout
from vla_sim.simulation import Simulation
from vla_sim.state import RobotState
from vla_sim.tasks.sample import sample_task
from vla_sim.tasks.success import succeeded
from vla_sim.tasks.task import Skill, Task

PERIODS_PER_ROW = 5  # 50 Hz control, 10 Hz rows
PUSH_M_S = 0.12  # standard deviation of a disturbance's tool velocity
DISTURBED_ROWS = (2, 8)
FLIP_CHANCE = 0.12  # share of disturbances that also turn the fingers' command around
FLOOR_M = 0.02  # a disturbance does not drive the tips into the table


@dataclass(frozen=True, slots=True)
class DemonstrationConfig:
    """What is recorded."""

    scene: SceneConfig = field(default_factory=SceneConfig)
    skills: tuple[Skill, ...] = tuple(Skill)
    image_size: int = 96
    disturbance: float = 0.05  # chance at each row that one begins


@dataclass(frozen=True, slots=True, eq=False)
class Episode:
    """R rows at 10 Hz of one attempt."""

    seed: int
    task: Task
    success: bool
    images: dict[str, list[Image]]  # per camera R x (H, W, 3)
    rows: dict[str, list[Float64]]  # per key R arrays


class Sink(Protocol):
    """Is told of an episode as it happens; times are the simulation's."""

    def on_state(self, state: RobotState) -> None:
        """Take what the robot measures, before each command."""

    def on_pictures(self, time_ns: int, pictures: Mapping[str, Image]) -> None:
        """Take the picture ``(H, W, 3)`` of each camera."""

    def on_command(self, time_ns: int, trajectory: JointTrajectory, width_m: float, *, disturbed: bool) -> None:
        """Take what arm and hand are told."""

    def close(self, *, success: bool) -> None:
        """End."""


class NoSink:
    """Lets everything pass."""

    def on_state(self, state: RobotState) -> None:
        """Do nothing."""

    def on_pictures(self, time_ns: int, pictures: Mapping[str, Image]) -> None:
        """Do nothing."""

    def on_command(self, time_ns: int, trajectory: JointTrajectory, width_m: float, *, disturbed: bool) -> None:
        """Do nothing."""

    def close(self, *, success: bool) -> None:
        """Do nothing."""


def record(
    simulation: Simulation,
    config: DemonstrationConfig,
    seed: int,
    open_sink: Callable[[SceneLayout, Task], Sink] = lambda layout, task: NoSink(),
) -> Episode | None:
    """Record the attempt of ``seed``; None, and no sink, where its scene allows none of the skills."""
    rng = np.random.default_rng([seed, 2])
    layout = simulation.reset(seed)
    task = sample_task(layout, rng, config.skills)
    if task is None:
        return None
    simulation.reset(seed, layout, task.start_width_m)
    driver, constants, sink = ToolDriver(simulation), handling(layout, task), open_sink(layout, task)
    images: dict[str, list[Image]] = {"scene": [], "wrist": []}
    rows: dict[str, list[Float64]] = {}
    push, left, held_s, time_s = _no_push(), 0, 0.0, 0.0
    while time_s < task.time_limit_s and held_s < SUCCESS_HOLD_S and simulation.state().reflex is Reflex.NONE:
        _record_row(simulation, task, images, rows)
        sink.on_pictures(simulation.time_ns, {camera: pictures[-1] for camera, pictures in images.items()})
        if left == 0 and rng.uniform() < config.disturbance:
            push, left = _draw_push(rng), int(rng.integers(*DISTURBED_ROWS))
        for _ in range(PERIODS_PER_ROW):
            command = expert(task.skill, observe(simulation, task), constants)
            command = _disturbed(command, push, simulation) if left else command
            begin_ns = simulation.time_ns
            sink.on_state(simulation.state())
            sink.on_command(begin_ns, driver.apply(command), hand_width_m(command), disturbed=left > 0)
            held_s = held_s + driver.period_s if succeeded(simulation, task) else 0.0
            time_s += driver.period_s
        left = max(0, left - 1)
    for item in fields(constants):
        rows[f"handling_{item.name}"] = [getattr(constants, item.name)[0]] * len(images["scene"])
    success = held_s >= SUCCESS_HOLD_S
    sink.close(success=success)
    return Episode(seed, task, success, images, rows)


def _record_row(
    simulation: Simulation, task: Task, images: dict[str, list[Image]], rows: dict[str, list[Float64]]
) -> None:
    state, situation = simulation.state(), observe(simulation, task)
    for camera, pictures in images.items():
        pictures.append(simulation.render(camera))
    values = {item.name: getattr(situation, item.name)[0] for item in fields(situation)}
    values |= {"joint_position": state.position, "joint_velocity": state.velocity}
    points = np.stack([situation.object_position[0], situation.goal_position[0]])
    for camera in images:
        shares, inside = project(simulation.model, simulation.data, camera, points)
        values |= {f"pixel_{camera}": shares, f"visible_{camera}": inside}  # of object and goal, shares of the picture
    for key, value in values.items():
        rows.setdefault(key, []).append(np.asarray(value))


def _no_push() -> ToolCommand:
    return ToolCommand(np.zeros((1, 3)), np.zeros(1), np.zeros(1))


def _draw_push(rng: np.random.Generator) -> ToolCommand:
    """Return what is added to the expert's command; width 1 flips the fingers."""
    strength = rng.choice([0.5, 1.0, 2.0])
    velocity = rng.normal(0.0, PUSH_M_S * strength, (1, 3))
    return ToolCommand(velocity, rng.normal(0.0, 0.5, 1), np.array([float(rng.uniform() < FLIP_CHANCE)]))


def _disturbed(command: ToolCommand, push: ToolCommand, simulation: Simulation) -> ToolCommand:
    velocity = command.velocity + push.velocity
    if simulation.state().tool_position[2] < FLOOR_M + 0.03:
        velocity[:, 2] = np.maximum(velocity[:, 2], np.minimum(command.velocity[:, 2], 0.0))
    width = np.where(push.width > 0.5, 0.08 - command.width, command.width)
    return ToolCommand(velocity, command.yaw_rate + push.yaw_rate, width)
