# SPDX-License-Identifier: Apache-2.0
"""Records one expert episode at the policy's rate, with disturbances that the expert has to correct. No bags.

Every row: both images, measured state, and the situation and handling of the expert, from which `experts.rollout`
makes the action label in the training loop (the label is always the expert's, also while a disturbance drives the arm).
"""

from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np

from vla_sim.controllers.reflex import Reflex
from vla_sim.controllers.trajectory import Float64
from vla_sim.experts.episode import SUCCESS_HOLD_S, ToolDriver
from vla_sim.experts.law import expert
from vla_sim.experts.observe import handling, observe
from vla_sim.experts.situation import ToolCommand
from vla_sim.projection import project
from vla_sim.rendering import Image
from vla_sim.scene.config import SceneConfig
from vla_sim.simulation import Simulation, SimulationConfig
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


def record(simulation: Simulation, config: DemonstrationConfig, seed: int) -> Episode | None:
    """Record the attempt of ``seed``; None where its scene allows none of the skills."""
    rng = np.random.default_rng([seed, 2])
    layout = simulation.reset(seed)
    task = sample_task(layout, rng, config.skills)
    if task is None:
        return None
    simulation.reset(seed, layout, task.start_width_m)
    driver, constants = ToolDriver(simulation), handling(layout, task)
    images: dict[str, list[Image]] = {"scene": [], "wrist": []}
    rows: dict[str, list[Float64]] = {}
    push, left, held_s, time_s = _no_push(), 0, 0.0, 0.0
    while time_s < task.time_limit_s and held_s < SUCCESS_HOLD_S and simulation.state().reflex is Reflex.NONE:
        _record_row(simulation, task, images, rows)
        if left == 0 and rng.uniform() < config.disturbance:
            push, left = _draw_push(rng), int(rng.integers(*DISTURBED_ROWS))
        for _ in range(PERIODS_PER_ROW):
            command = expert(task.skill, observe(simulation, task), constants)
            driver.apply(_disturbed(command, push, simulation) if left else command)
            held_s = held_s + driver.period_s if succeeded(simulation, task) else 0.0
            time_s += driver.period_s
        left = max(0, left - 1)
    for item in fields(constants):
        rows[f"handling_{item.name}"] = [getattr(constants, item.name)[0]] * len(images["scene"])
    return Episode(seed, task, held_s >= SUCCESS_HOLD_S, images, rows)


def write_shard(config: DemonstrationConfig, path: Path, seeds: range) -> tuple[int, int]:
    """Record ``seeds`` into one `.npz`; return how many episodes it has and how many succeeded."""
    size = config.image_size
    simulation = Simulation(SimulationConfig(scene=config.scene, image_height=size, image_width=size), seeds.start)
    episodes = [episode for seed in seeds if (episode := record(simulation, config, seed)) is not None]
    simulation.close()
    partial = path.with_suffix(".partial.npz")
    np.savez(partial, **_arrays(episodes))  # type: ignore[arg-type]
    partial.rename(path)
    return len(episodes), sum(episode.success for episode in episodes)


def _arrays(episodes: list[Episode]) -> dict[str, np.ndarray]:
    """Return rows of all episodes one after the other, and one entry per episode in ``episode_*``."""
    arrays = {
        "episode_rows": np.array([len(e.images["scene"]) for e in episodes]),
        "episode_seed": np.array([e.seed for e in episodes]),
        "episode_success": np.array([e.success for e in episodes]),
    }
    for name in ("skill", "text", "object_name", "target_name"):
        values = [getattr(e.task, name) for e in episodes]
        arrays[f"episode_{name}"] = np.array([v.value if isinstance(v, Skill) else v for v in values])
    for camera in ("scene", "wrist"):
        arrays[f"image_{camera}"] = np.stack([image for e in episodes for image in e.images[camera]])
    for key in episodes[0].rows:
        arrays[key] = np.stack([row for e in episodes for row in e.rows[key]])
    return arrays


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
