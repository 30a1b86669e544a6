# SPDX-License-Identifier: Apache-2.0
"""DAgger: the policy acts in randomised, disturbed scenes, and what it met is recorded for the expert to label.

Frames only: the expert's label of any frame is a function of the state (Ross et al. 2011).
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from vla_ros.policy.flow.policy import FlowPolicy
from vla_ros.policy.prediction import InferenceContext, Instruction
from vla_ros.training.closed_loop import FAR_NS, ChunkFollower, observation_of
from vla_ros.training.config import DEMONSTRATION_WEIGHTS, GenerationConfig
from vla_ros.training.demonstrate import Recorder
from vla_ros.training.progress import Progress
from vla_ros.training.records import NO_TASK, frame_of
from vla_ros.training.scenes import draw_layout, draw_task, start_joints, task_from, with_start
from vla_ros.training.shards import Episode, list_shards, write_shard
from vla_sim.errors import SceneError
from vla_sim.simulation import Simulation, SimulationConfig
from vla_sim.tasks.success import succeeded
from vla_sim.tasks.task import Skill, Task

__all__ = ["Corrector", "collect"]

REPLAN_ROWS = (2, 4, 6, 8)
SHOVE_SHARE, OPEN_SHARE = 0.04, 0.02  # per chunk
DROP_SHARE, DROP_OPEN_S = 0.10, 0.5  # per chunk while it holds the object; long enough for it to fall and roll
TIME_SHARE = 0.8  # of a task's time limit: hopeless attempts fill the data with one situation


class Corrector:
    """Records episodes of a policy."""

    def __init__(self, policy: FlowPolicy, config: GenerationConfig, seed: int) -> None:
        """Act with ``policy``; scene ``i`` of a seed is always the same, what the policy does in it is not."""
        self._policy, self._config, self._rng = policy, config, np.random.default_rng(seed)
        self._simulation = Simulation(SimulationConfig(timestep_s=0.002, reflexes=False))

    def episode(self) -> Episode:
        """Record one task in one scene."""
        rng, recorder, record = self._rng, *self._begin()
        task = task_from(recorder.scene, record, rng)
        recorder.record(record)
        success = self._act(task, record, recorder)
        return recorder.episode([success])

    def _begin(self) -> tuple[Recorder, np.ndarray]:
        """Reset to a scene that allows one of the skills; return the recorder and the task."""
        rng, simulation = self._rng, self._simulation
        while True:
            layout = draw_layout(self._config.nominal, rng)
            if rng.uniform() >= self._config.home_start:
                layout = with_start(layout, start_joints(layout, rng))
            simulation.reset(0, layout, float(rng.choice([0.08, 0.0], p=[0.8, 0.2])))
            recorder = Recorder(simulation)
            try:
                return recorder, draw_task(frame_of(simulation, 0, NO_TASK), recorder.scene, self._config.weights, rng)
            except SceneError:  # no zone that this object can be pushed to, say
                continue

    def _act(self, task: Task, record: np.ndarray, recorder: Recorder) -> bool:
        simulation, rows = self._simulation, int(self._rng.choice(REPLAN_ROWS))
        follower, limit_ns = ChunkFollower(simulation), round(1e9 * TIME_SHARE * task.time_limit_s)
        while simulation.time_ns < limit_ns:
            self._disturb(follower, task)
            observation = observation_of(simulation)
            prediction = self._policy.infer(observation, Instruction(task.text), InferenceContext(), FAR_NS)
            for row in range(rows):
                follower.execute_row(prediction.chunk, row)
                recorder.record(record)
            if succeeded(simulation, task):
                return True
        return False

    def _disturb(self, follower: ChunkFollower, task: Task) -> None:
        chance, truth = self._rng.uniform(), self._simulation.truth
        index = self._simulation.layout.object_index(task.object_name) if task.object_name else None
        if index is not None and truth.held_object() == index and self._rng.uniform() < DROP_SHARE:
            follower.forced_open_s = DROP_OPEN_S
        elif chance < OPEN_SHARE:
            follower.forced_open_s = 0.3
        elif chance < OPEN_SHARE + SHOVE_SHARE and index is not None:
            truth.kick_object(index, np.append(self._rng.normal(0.0, 0.25, 2), 0.0))


@dataclass(frozen=True, slots=True)
class CollectionPlan:
    """Whose mistakes are corrected in which skills, and where the shards go."""

    folder: Path
    checkpoint: Path
    contract: Path
    seed: int
    weights: Mapping[Skill, float] = field(default_factory=lambda: dict(DEMONSTRATION_WEIGHTS))


def collect(plan: CollectionPlan, frames: int, workers: int) -> None:
    """Write shards of ``corrections`` until ``frames`` more frames are recorded."""
    folder = plan.folder
    folder.mkdir(parents=True, exist_ok=True)
    config = GenerationConfig(plan.weights)
    first = max((int(path.name.split("_")[1]) + 1 for path in list_shards(folder)), default=1)
    count = -(-frames // config.shard_frames)
    jobs = [(plan, index) for index in range(first, first + count)]
    progress = Progress("corrections", count)
    with get_context("spawn").Pool(workers, _one_thread) as pool:
        for name, size, succeeded_count, tasks in pool.imap_unordered(_shard, jobs):
            progress.advance(f"{name}: {size} frames, {succeeded_count}/{tasks} tasks done by the policy")


def _one_thread() -> None:
    os.environ["OMP_NUM_THREADS"] = "1"


def _shard(job: tuple[CollectionPlan, int]) -> tuple[str, int, int, int]:
    from vla_ros.contract import load_contract
    from vla_ros.policy.backends import flow_onnx
    from vla_ros.policy.checkpoint import open_checkpoint
    from vla_ros.policy.interface import PolicyResources

    plan, index = job
    resources = PolicyResources(load_contract(plan.contract), time.monotonic_ns, device="cpu", seed=index)
    policy = flow_onnx.load(open_checkpoint(plan.checkpoint), resources)
    config = GenerationConfig(plan.weights)
    corrector, episodes, frames = Corrector(policy, config, plan.seed * 100_000 + 50_000 + index), [], 0
    while frames < config.shard_frames:
        episodes.append(corrector.episode())
        frames += len(episodes[-1].frames)
    name = f"corr_{index:05d}"
    write_shard(plan.folder, name, episodes)
    return name, frames, sum(episode.successes[0] for episode in episodes), len(episodes)
