# SPDX-License-Identifier: Apache-2.0
"""Closed-loop evaluation of a checkpoint: attempts by seed in parallel, success with its interval, failures by seed."""

from __future__ import annotations

import dataclasses
import json
import os
import time
from collections import Counter
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from vla_ros.policy.flow.policy import FlowPolicy
from vla_ros.training.closed_loop import run_policy
from vla_ros.training.conditions import CONDITIONS, prepare
from vla_ros.training.progress import Progress
from vla_sim.controllers.reflex import Reflex
from vla_sim.simulation import Simulation, SimulationConfig
from vla_sim.tasks.success import disturbed_objects
from vla_sim.tasks.task import Skill

__all__ = ["EvaluationConfig", "SeededAttempt", "clopper_pearson", "evaluate", "load_pair", "report"]


@dataclass(frozen=True, slots=True)
class EvaluationConfig:
    """What is evaluated.

    Attributes:
        checkpoint: Folder.
        contract: Contract file of the robot.
        backend: ``flow`` or ``flow_onnx``.
        skills: Values of ``Skill``.
        conditions: Names in ``CONDITIONS``.
        seeds: Attempts per skill and condition.
        first_seed: Seeds of the evaluation are never those of training.
        rows: Executed before the policy is asked again.
        timestep_s: Of the physics.
    """

    checkpoint: Path
    contract: Path
    backend: str = "flow_onnx"
    skills: tuple[str, ...] = tuple(skill.value for skill in Skill)
    conditions: tuple[str, ...] = ("nominal",)
    seeds: int = 100
    first_seed: int = 900_000
    rows: int = 4
    timestep_s: float = 0.002


@dataclass(frozen=True, slots=True)
class SeededAttempt:
    """One attempt and how it failed, if it did: ``reflex``, ``wrong object moved``, ``time``, or nothing."""

    condition: str
    skill: str
    seed: int
    text: str
    success: bool
    duration_s: float
    failure: str
    done: float


def clopper_pearson(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the exact two-sided binomial interval (Clopper and Pearson 1934)."""
    from scipy.stats import beta

    tail = (1.0 - confidence) / 2.0
    low = beta.ppf(tail, successes, trials - successes + 1) if successes else 0.0
    high = beta.ppf(1.0 - tail, successes + 1, trials - successes) if successes < trials else 1.0
    return float(low), float(high)


def evaluate(config: EvaluationConfig, workers: int, log: Path | None = None) -> list[SeededAttempt]:
    """Run every attempt; ``log`` gets one JSON line per attempt as they come."""
    seeds = range(config.first_seed, config.first_seed + config.seeds)
    jobs = [(config, c, skill, seed) for c in config.conditions for skill in config.skills for seed in seeds]
    progress, attempts, shown_s = Progress("evaluation", len(jobs)), [], 0.0
    with get_context("spawn").Pool(workers, _one_thread) as pool:
        for done, attempt in enumerate(pool.imap_unordered(_attempt, jobs, chunksize=2), 1):
            attempts.append(attempt)
            if log is not None:
                _append(log, attempt)
            if time.monotonic() - shown_s > 5.0 or done == len(jobs):
                shown_s = time.monotonic()
                progress.show(done, f"{sum(item.success for item in attempts)}/{done} succeeded")
    return attempts


def _append(log: Path, attempt: SeededAttempt) -> None:
    with log.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(dataclasses.asdict(attempt)) + "\n")


def report(attempts: list[SeededAttempt]) -> str:
    """Return a Markdown table, and the failures by seed."""
    lines = ["| condition | skill | success | 95 % interval | mean time | failures |", "|---|---|---|---|---|---|"]
    failures = []
    for condition, skill in dict.fromkeys((item.condition, item.skill) for item in sorted(attempts, key=_order)):
        group = [item for item in attempts if (item.condition, item.skill) == (condition, skill)]
        good = [item for item in group if item.success]
        low, high = clopper_pearson(len(good), len(group))
        mean_s = sum(item.duration_s for item in good) / max(len(good), 1)
        kinds = Counter(item.failure for item in group if not item.success)
        kinds_text = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()) or "none"
        share = f"{len(good)}/{len(group)} = {100 * len(good) / len(group):.1f} %"
        lines.append(f"| {condition} | {skill} | {share} | [{low:.3f}, {high:.3f}] | {mean_s:.1f} s | {kinds_text} |")
        seeds = ", ".join(str(item.seed) for item in sorted(group, key=_order) if not item.success)
        if seeds:
            failures.append(f"- {condition}, {skill}: {seeds}")
    return "\n".join([*lines, "", "Failed seeds:", "", *(failures or ["- none"])]) + "\n"


def _order(item: SeededAttempt) -> tuple[int, int, int]:
    return list(CONDITIONS).index(item.condition), [skill.value for skill in Skill].index(item.skill), item.seed


_loaded: dict[EvaluationConfig, tuple[Simulation, FlowPolicy]] = {}


def _one_thread() -> None:
    os.environ["OMP_NUM_THREADS"] = "1"


def _attempt(job: tuple[EvaluationConfig, str, str, int]) -> SeededAttempt:
    config, condition, skill, seed = job
    if config not in _loaded:
        _loaded[config] = load_pair(config)
    simulation, policy = _loaded[config]
    task, event = prepare(simulation, CONDITIONS[condition], Skill(skill), seed)
    attempt = run_policy(simulation, task, policy, rows=config.rows, on_chunk=event)
    failure = "" if attempt.success else _failure(simulation, task, attempt.reflex)
    return SeededAttempt(
        condition, skill, seed, task.text, attempt.success, round(attempt.duration_s, 2), failure, attempt.done
    )


def _failure(simulation: Simulation, task: object, reflex: Reflex) -> str:
    if reflex is not Reflex.NONE:
        return "reflex"
    return "wrong object moved" if disturbed_objects(simulation, task) else "time"  # type: ignore[arg-type]


def load_pair(config: EvaluationConfig) -> tuple[Simulation, FlowPolicy]:
    """Return a simulation and the policy of ``config``."""
    return Simulation(SimulationConfig(timestep_s=config.timestep_s)), _load(config)


def _load(config: EvaluationConfig) -> FlowPolicy:
    import torch

    from vla_ros.contract import load_contract
    from vla_ros.policy.backends import flow, flow_onnx
    from vla_ros.policy.checkpoint import open_checkpoint
    from vla_ros.policy.interface import PolicyResources

    torch.set_num_threads(1)
    backend = {"flow": flow, "flow_onnx": flow_onnx}[config.backend]
    resources = PolicyResources(load_contract(config.contract), time.monotonic_ns, device="cpu")
    return backend.load(open_checkpoint(config.checkpoint), resources)
