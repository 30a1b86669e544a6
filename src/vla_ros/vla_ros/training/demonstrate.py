# SPDX-License-Identifier: Apache-2.0
"""Demonstrations: the experts solve tasks, one after the other in a scene, and are pushed off their way now and then.

Every frame is what the robot measured and saw; nothing of a disturbance becomes a label.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vla_ros.policy.flow.images import resized
from vla_ros.training.config import GenerationConfig
from vla_ros.training.records import CAMERAS, NETWORK, NO_TASK, frame_of, scene_of
from vla_ros.training.scenes import draw_layout, draw_task, start_joints, task_from, with_start
from vla_ros.training.shards import Episode
from vla_sim.experts.episode import ToolDriver
from vla_sim.experts.law import expert
from vla_sim.experts.observe import handling, observe
from vla_sim.experts.situation import ToolCommand
from vla_sim.simulation import Simulation, SimulationConfig
from vla_sim.tasks.success import succeeded
from vla_sim.tasks.task import Task

__all__ = ["Demonstrator", "Disturbance", "Recorder", "pictures"]

Records = npt.NDArray[Any]

ROW_S = 0.1
FLOOR_M = 0.03  # disturbances do not push the hand below this


def pictures(simulation: Simulation) -> npt.NDArray[np.uint8]:
    """Return both cameras ``(C, S, S, 3)`` as the policy sees them: published size, then resized as when serving."""
    return np.stack(
        [
            resized(simulation.render(name), NETWORK.image_size, crop)
            for name, crop in zip(CAMERAS, NETWORK.image_crops, strict=True)
        ]
    )


@dataclass(frozen=True, slots=True, eq=False)
class Disturbance:
    """A push of the tool for a few rows: velocity ``(3,)`` [m/s], yaw rate [rad/s], and whether the fingers invert."""

    velocity: npt.NDArray[np.float64]
    yaw_rate: float
    flips: bool
    rows: int

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Disturbance:
        """Return a random one: 12 mm a row times 0.5, 1 or 2; 12 % invert the fingers."""
        scale = float(rng.choice([0.5, 1.0, 2.0]))
        velocity = scale * rng.normal(0.0, 0.12, 3)
        return cls(velocity, scale * float(rng.normal(0.0, 0.4)), bool(rng.uniform() < 0.12), int(rng.integers(2, 8)))

    def apply(self, command: ToolCommand, height_m: float) -> ToolCommand:
        """Return ``command`` (B = 1) with the push in its place."""
        velocity = self.velocity.copy()
        if height_m < FLOOR_M:
            velocity[2] = max(velocity[2], 0.0)
        width = np.where(command.width > 0.04, 0.0, 0.08) if self.flips else command.width
        return ToolCommand(velocity[None], np.array([self.yaw_rate]), width)


class Recorder:
    """Collects frames and pictures of one scene."""

    def __init__(self, simulation: Simulation) -> None:
        """Begin with the scene that ``simulation`` was reset to."""
        self._simulation = simulation
        self.scene = scene_of(simulation.layout)
        self._frames: list[Records] = []
        self._images: list[npt.NDArray[np.uint8]] = []

    def record(self, task: Records) -> None:
        """Take one frame."""
        self._frames.append(frame_of(self._simulation, 0, task))
        self._images.append(pictures(self._simulation))

    def episode(self, successes: list[bool]) -> Episode:
        """Return what was recorded."""
        return Episode(self.scene, np.stack(self._frames), np.stack(self._images), tuple(successes))


class Demonstrator:
    """Makes one demonstration after the other."""

    def __init__(self, config: GenerationConfig, seed: int) -> None:
        """Build a simulation; scene ``i`` of a seed is always the same."""
        self._config = config
        self._rng = np.random.default_rng(seed)
        # 2 ms halves the cost; reflexes off: a push into an object ends the push, not the demonstration.
        self._simulation = Simulation(SimulationConfig(timestep_s=0.002, reflexes=False))

    def episode(self) -> Episode:
        """Record a scene in which up to ``config.tasks`` tasks are solved."""
        rng, config, simulation = self._rng, self._config, self._simulation
        layout = draw_layout(config.nominal, rng)
        width_m = float(rng.choice([0.08, 0.0], p=[0.7, 0.3]))
        if rng.uniform() >= config.home_start:
            layout = with_start(layout, start_joints(layout, rng))
        simulation.reset(0, layout, width_m)
        recorder, driver, successes = Recorder(simulation), ToolDriver(simulation), []
        for _ in range(int(rng.integers(1, config.tasks + 1))):
            frame = frame_of(simulation, 0, NO_TASK)
            record = draw_task(frame, recorder.scene, config.weights, rng)
            successes.append(self._solve(task_from(recorder.scene, record, rng), record, recorder, driver))
            if not successes[-1]:
                break
        return recorder.episode(successes)

    def _solve(self, task: Task, record: Records, recorder: Recorder, driver: ToolDriver) -> bool:
        """Run the expert for one task; return whether it succeeded in time."""
        rows, done_rows, disturbance, left = round(task.time_limit_s / ROW_S), 0, None, 0
        linger = int(self._rng.integers(1, self._config.linger_rows + 1))
        constants = handling(self._simulation.layout, task)
        for _ in range(rows):
            recorder.record(record)
            if left == 0 and self._rng.uniform() < self._config.disturbance:
                disturbance = Disturbance.draw(self._rng)
                left = disturbance.rows
            active = disturbance if left > 0 else None
            left = max(left - 1, 0)
            self._row(task, constants, driver, active)
            done_rows = done_rows + 1 if succeeded(self._simulation, task) else 0
            if done_rows > linger:
                return True
        return False

    def _row(self, task: Task, constants: Any, driver: ToolDriver, disturbance: Disturbance | None) -> None:
        for _ in range(round(ROW_S / driver.period_s)):
            situation = observe(self._simulation, task)
            command = expert(task.skill, situation, constants)
            if disturbance is not None:
                command = disturbance.apply(command, float(situation.tool_position[0, 2]))
            driver.apply(command)
