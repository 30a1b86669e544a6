# SPDX-License-Identifier: Apache-2.0
"""``python -m vla_ros.training.calibrate``: where successive chunks disagree more than in runs that succeed.

Runs a checkpoint in the simulation through its chunk scheduler, takes the runs that succeed, and writes the level that
such a run exceeds with a given probability into the checkpoint (``calibration.json``). Says also how many of the runs
that failed would have raised the alarm.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from vla_ros.errors import VlaError
from vla_ros.policy.calibration import Calibration, write_calibration
from vla_ros.policy.configuration import SHIPPED_CHECKPOINTS
from vla_ros.policy.flow.policy import FlowPolicy
from vla_ros.policy.schedule.disagreement import Alarm, calibrate_threshold
from vla_ros.policy.schedule.scheduler import MergeStatus, SchedulerConfig
from vla_ros.policy.schedule.strategy import strategy
from vla_ros.training.conditions import CONDITIONS, prepare
from vla_ros.training.delayed_loop import Latency, Scheduling, run_delayed
from vla_ros.training.evaluate import EvaluationConfig, load_pair
from vla_ros.training.progress import Progress
from vla_sim.simulation import Simulation
from vla_sim.tasks.task import Skill

__all__ = ["Run", "alarmed", "calibration_of", "main"]

FIRST_SEED = 970_000  # of neither training nor evaluation


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt: whether it succeeded, and the disagreement of its successive chunks."""

    success: bool
    disagreements: tuple[float, ...]


def calibration_of(runs: Sequence[Run], false_alarms: float, strategy_name: str, execute_rows: int) -> Calibration:
    """Return the level of the successful ``runs``.

    Raises:
        ConfigError: too few of them for that rate of false alarms.
    """
    good = [run.disagreements for run in runs if run.success]
    threshold = calibrate_threshold(good, false_alarms)
    return Calibration(round(threshold, 4), false_alarms, len(good), strategy_name, execute_rows)


def alarmed(runs: Sequence[Run], threshold: float) -> int:
    """Return how many of ``runs`` raise the alarm of a session with that threshold."""
    count = 0
    for run in runs:
        alarm, raised = Alarm(threshold), False
        for value in run.disagreements:
            alarm = alarm.add(value)
            raised = raised or alarm.raised
        count += raised
    return count


def main(arguments: Sequence[str] | None = None) -> int:
    """Calibrate a checkpoint; return the exit code."""
    options = _parse(arguments)
    try:
        runs = _runs(options)
        calibration = calibration_of(runs, options.false_alarms, options.strategy, options.execute_rows)
    except VlaError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    good, bad = ([run for run in runs if run.success is success] for success in (True, False))
    threshold = calibration.disagreement_threshold
    path = write_calibration(options.checkpoint, calibration)
    sys.stdout.write(
        f"threshold {threshold:g} in-chunk steps from {len(good)} successful runs; the alarm is raised in "
        f"{alarmed(good, threshold)} of these and in {alarmed(bad, threshold)} of {len(bad)} that failed\n{path}\n"
    )
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m vla_ros.training.calibrate", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--checkpoint", type=Path, default=SHIPPED_CHECKPOINTS / "default_policy")
    parser.add_argument("--contract", type=Path, default=Path("config/robots/franka.yaml"))
    parser.add_argument("--strategy", default="replace", help="as the policy is run (default: replace)")
    parser.add_argument("--execute-rows", type=int, default=2, help="as the policy is run (default: 2)")
    parser.add_argument("--latency-ms", type=float, default=30.0, help="of an answer (default: 30)")
    parser.add_argument("--skills", nargs="+", default=[skill.value for skill in Skill], help="default: all")
    parser.add_argument("--seeds", type=int, default=10, help="attempts per skill (default: 10)")
    parser.add_argument("--false-alarms", type=float, default=0.05, help="share of successful runs (default: 0.05)")
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args(arguments)


def _runs(options: argparse.Namespace) -> list[Run]:
    scheduling = Scheduling(
        strategy(options.strategy), Latency(options.latency_ms / 1e3), SchedulerConfig(options.execute_rows)
    )
    config = EvaluationConfig(options.checkpoint, options.contract, backend=_backend(options.strategy))
    jobs = [
        (config, scheduling, Skill(skill), FIRST_SEED + seed)
        for skill in options.skills
        for seed in range(options.seeds)
    ]
    progress, runs, shown_s = Progress("calibration", len(jobs)), [], 0.0
    with get_context("spawn").Pool(options.workers, _one_thread) as pool:
        for done, run in enumerate(pool.imap_unordered(_run, jobs), 1):
            runs.append(run)
            if time.monotonic() - shown_s > 5.0 or done == len(jobs):
                shown_s = time.monotonic()
                progress.show(done, f"{sum(item.success for item in runs)}/{done} succeeded")
    return runs


def _backend(name: str) -> str:
    """Guidance needs the network's Jacobian, which only PyTorch has."""
    return "flow" if strategy(name).conditioning.value == "guided" else "flow_onnx"


def _one_thread() -> None:
    os.environ["OMP_NUM_THREADS"] = "1"


_loaded: dict[EvaluationConfig, tuple[Simulation, FlowPolicy]] = {}


def _run(job: tuple[EvaluationConfig, Scheduling, Skill, int]) -> Run:
    config, scheduling, skill, seed = job
    if config not in _loaded:
        _loaded[config] = load_pair(config)
    simulation, policy = _loaded[config]
    task, _ = prepare(simulation, CONDITIONS["nominal"], skill, seed)
    run = run_delayed(simulation, task, policy, scheduling)
    values = tuple(merge.result.disagreement for merge in run.merges if merge.result.status is MergeStatus.MERGED)
    return Run(run.success, values)


if __name__ == "__main__":
    sys.exit(main())
