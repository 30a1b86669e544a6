# SPDX-License-Identifier: Apache-2.0
"""One task from sentence to rest, with or without retries, on simulated time. Judged by ground truth, not by claims."""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.retries_support.glitch import KINDS, Glitch
from benchmarks.retries_support.robot import Person, PlannerHere, RobotHere
from vla_ros.evaluation.plan import EvaluationPlan
from vla_ros.evaluation.rig import Rig
from vla_ros.evaluation.safety_stage import SafetyStage
from vla_ros.evaluation.sensors import Sensors
from vla_ros.executor import ExecutorConfig, Ports, TaskExecutor, TaskReport, load_tree_file
from vla_ros.planner import Planner, load_skills
from vla_ros.planner.grammar import GrammarBackend
from vla_ros.training.conditions import CONDITIONS, prepare
from vla_sim.tasks.success import succeeded
from vla_sim.tasks.task import Skill, Task

__all__ = ["Episode", "EpisodeJob", "run_episode", "without_retries"]

CONFIG = Path(__file__).resolve().parents[2] / "config"
START_NS = 1_000_000_000
TICK_NS = 50_000_000  # of the executor, as in the graph
LONGEST_S = 240.0


@dataclass(frozen=True, slots=True)
class EpisodeJob:
    """One task: its scene, what goes wrong (``missed``, ``moved`` or nothing), and whether failures are tried again."""

    seed: int
    kind: str
    retries: bool


@dataclass(frozen=True, slots=True)
class Episode:
    """How it went.

    Attributes:
        success: The object is where it was wanted, at rest, by ground truth.
        claimed: The executor says so.
        planted: The failure happened.
        runs: Of the policy.
        simulated_s: How long it took.
        message: The executor's last sentence.
    """

    job: EpisodeJob
    success: bool
    claimed: bool
    planted: bool
    runs: int
    simulated_s: float
    message: str


def without_retries(tree: Any) -> Any:
    """Return a tree's data in which nothing is tried a second time, done in another way, or asked."""
    if isinstance(tree, list):
        return [without_retries(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    data = {key: without_retries(value) for key, value in tree.items()}
    for kind in ("retry", "retry_subtask"):
        if kind in data:
            data[kind]["times"] = 1
    if "selector" in data:
        data["selector"] = data["selector"][:1]
    return data


class _Task:
    """A task on its way."""

    def __init__(self, rig: Rig, task: Task, glitch: Glitch, tree: tuple[Any, ExecutorConfig]) -> None:
        filter_ = rig.safety()
        self._rig, self._glitch = rig, glitch
        self._stage = SafetyStage(filter_, rig.simulation, START_NS, round(rig.plan.lead_s * 1e9))
        self.robot, self._person = RobotHere(rig, self._stage, glitch, START_NS), Person()
        planner = Planner(GrammarBackend(load_skills(CONFIG / "planners" / "skills.yaml")), _skills())
        self.core = TaskExecutor(*tree, Ports(PlannerHere(planner), self.robot, self._person))
        self._sensors = Sensors(rig.contract, glitch.roll, round(rig.plan.camera_delay_s * 1e9))
        self._steps = round(filter_.config.period_ns * 1e-9 / rig.plan.timestep_s)
        self._text, self._ticked_ns, self._seen_ns = task.text, 0, 0

    def run(self) -> TaskReport:
        """Run to the end and return the executor's last report."""
        report = self.step()
        self.core.instruct(self._text, self.robot.now_ns)
        while self._rig.simulation.time_ns < LONGEST_S * 1e9 and not report.is_over:
            report = self.step()
        return report

    def step(self) -> TaskReport:
        """Advance by one period of the safety filter."""
        simulation, robot = self._rig.simulation, self.robot
        now_ns = robot.now_ns = START_NS + simulation.time_ns
        state = simulation.state()
        observation = self._sensors.see(now_ns, state)
        self._seen_ns = now_ns if observation is not None else self._seen_ns
        if now_ns - self._ticked_ns >= TICK_NS:
            self._ticked_ns = now_ns
            self._glitch.disturb(robot.run_s)
            if self._person.open:
                self.core.answer(self._person.open, "give up")
            self.core.tick(now_ns, robot.signals(state, self._seen_ns))
        robot.think(observation)
        self._stage.step(now_ns, state)
        simulation.advance(self._steps)
        return self.core.report(now_ns)


def run_episode(job: EpisodeJob) -> Episode:
    """Run one task; what is loaded once per process is kept."""
    rig = _rig()
    task, _ = prepare(rig.simulation, CONDITIONS["nominal"], Skill.PLACE_IN_BIN, job.seed)
    rng = np.random.default_rng([job.seed, KINDS.index(job.kind) if job.kind else len(KINDS)])
    glitch = Glitch(job.kind, rig.simulation, task.object_name, rng, rig.roll())
    data, config = load_tree_file(CONFIG / "trees" / "default.yaml")
    tree = copy.deepcopy(data) if job.retries else without_retries(copy.deepcopy(data))
    run = _Task(rig, task, glitch, (tree, config))
    report = run.run()
    done = succeeded(rig.simulation, task) and not run.robot.held
    return Episode(
        job, done, report.phase.name == "SUCCEEDED", glitch.happened, glitch.run, rig.simulation.time_ns * 1e-9,
        report.message or report.detail,
    )  # fmt: skip


_KEPT: dict[str, Any] = {}


def _rig() -> Rig:
    if "rig" not in _KEPT:
        plan = EvaluationPlan(
            policy="scripted", policies=str(CONFIG / "policies"), contract=str(CONFIG / "robots" / "franka.yaml"),
            safety=str(CONFIG / "safety" / "fr3.yaml"),
        )  # fmt: skip
        _KEPT["rig"] = Rig(replace(plan, film=False), time.perf_counter_ns)
    return _KEPT["rig"]  # type: ignore[no-any-return]


def _skills() -> Any:
    return load_skills(CONFIG / "planners" / "skills.yaml")
