# SPDX-License-Identifier: Apache-2.0
"""``evaluate``: runs a policy closed-loop in simulation, many times, and says how it does. Exit code 1: not good.

An evaluation grows in its folder: stopped and started again it goes on, and more seeds or tasks are added to it.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from vla_ros.errors import VlaError, unknown_name
from vla_ros.evaluation.comparison import Comparison, compare
from vla_ros.evaluation.page import report_page
from vla_ros.evaluation.plan import AttemptJob, EvaluationPlan
from vla_ros.evaluation.results import AttemptResult, ResultFolder
from vla_ros.evaluation.rig import policy_of
from vla_ros.evaluation.runner import evaluate
from vla_ros.evaluation.summary import summarise
from vla_ros.policy.schedule.strategy import strategy
from vla_ros.progress import Progress
from vla_ros.training.conditions import CONDITIONS
from vla_safety import ConfigError as SafetyConfigError
from vla_sim.errors import SimulationError
from vla_sim.tasks.task import Skill

__all__ = ["main", "parser"]

GOOD, NOT_GOOD_ENOUGH, ERROR = 0, 1, 2
FIRST_SEED = 900_000  # training draws its scenes below it
REPORT_JSON, REPORT_HTML = "report.json", "report.html"


def parser(share: Path) -> argparse.ArgumentParser:
    """Return the command line; ``share`` holds the suite's ``config``."""
    line = argparse.ArgumentParser(prog="evaluate", description=__doc__)
    tasks = [skill.value for skill in Skill]
    line.add_argument("--policy", default="default", help="name, YAML file or checkpoint folder (default: %(default)s)")
    line.add_argument("--scheduler", default="", help="chunk scheduling strategy (default: the policy's own)")
    line.add_argument("--tasks", default="place_in_bin", help=f"of {', '.join(tasks)}, with commas between; or all")
    conditions = "; ".join(f"{row.name}: {row.summary}" for row in CONDITIONS.values()).replace("%", "%%")
    line.add_argument("--conditions", default="nominal", help=f"of, with commas between, or all. {conditions}")
    line.add_argument("--seeds", default="100", help="how many, or FIRST:END (default: %(default)s from 900000 on)")
    line.add_argument(
        "--delay",
        default="0.1",
        help="of an inference [s], or measured: what it takes here (default: %(default)s)",
    )
    line.add_argument("--contract", default=str(share / "config/robots/franka.yaml"), help="the robot")
    line.add_argument("--safety", default=str(share / "config/safety/fr3.yaml"), help="safety configuration")
    line.add_argument("--robot", default="", help="which robot of the contract")
    line.add_argument("--device", default="", choices=["", "cpu", "cuda", "auto"], help="default: the policy's own")
    line.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="at a time (default: all cores)")
    line.add_argument("--ray", action="store_true", help="run on the Ray cluster of RAY_ADDRESS, else on a local one")
    line.add_argument("--out", help="folder of the evaluation (default: evaluation/POLICY)")
    line.add_argument("--films", type=int, default=2, help="film strips of successes for each task (default: 2)")
    line.add_argument("--compare", metavar="FOLDER", help="an earlier evaluation to compare with")
    line.add_argument("--require", metavar="SHARE", type=float, default=0.0, help="least success of each task")
    line.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return line


def plan_of(arguments: argparse.Namespace, share: Path) -> EvaluationPlan:
    """Return what the command line asks for.

    Raises:
        VlaError: a value is wrong; the sentence names what would be right.
    """
    if arguments.scheduler:
        strategy(arguments.scheduler)
    try:
        delay_s = None if arguments.delay == "measured" else float(arguments.delay)
    except ValueError:
        raise VlaError(f"--delay must be seconds or 'measured', got '{arguments.delay}'") from None
    return EvaluationPlan(
        policy=arguments.policy,
        policies=str(share / "config" / "policies"),
        contract=arguments.contract,
        safety=arguments.safety,
        robot=arguments.robot,
        strategy=arguments.scheduler,
        device=arguments.device,
        delay_s=delay_s,
    )


def jobs_of(arguments: argparse.Namespace, plan: EvaluationPlan) -> list[AttemptJob]:
    """Return every attempt that the command line asks for, seed by seed: a part of it is a fair sample, too.

    Raises:
        VlaError: a task, condition or range of seeds is wrong.
    """
    tasks = _chosen("task", arguments.tasks, [skill.value for skill in Skill])
    conditions = _chosen("condition", arguments.conditions, list(CONDITIONS))
    seeds = _seeds(arguments.seeds)
    return [
        AttemptJob(plan, condition, task, seed, film=index < arguments.films)
        for index, seed in enumerate(seeds)
        for condition in conditions
        for task in tasks
    ]


def _chosen(kind: str, text: str, known: Sequence[str]) -> list[str]:
    names = list(known) if text == "all" else [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise VlaError(unknown_name(kind, name, known))
    if not names:
        raise VlaError(f"no {kind} is given; known: {', '.join(known)}")
    return names


def _seeds(text: str) -> range:
    first, colon, end = text.partition(":")
    try:
        seeds = range(int(first), int(end)) if colon else range(FIRST_SEED, FIRST_SEED + int(first))
    except ValueError:
        raise VlaError(f"--seeds must be a number or FIRST:END, got '{text}'") from None
    if not seeds or seeds[0] < 0:
        raise VlaError(f"--seeds '{text}' holds no seed")
    return seeds


def _run(arguments: argparse.Namespace, share: Path, say: Callable[[str], object]) -> int:
    plan = plan_of(arguments, share)
    jobs = jobs_of(arguments, plan)
    _, checkpoint = policy_of(plan)
    name = Path(arguments.policy).stem
    folder = ResultFolder(Path(arguments.out or f"evaluation/{name}"), plan, checkpoint.hash if checkpoint else "")
    earlier = _report_of(Path(arguments.compare)) if arguments.compare else None
    done = {result.key for result in folder.attempts()}
    missing = [job for job in jobs if job.key not in done]
    if len(missing) < len(jobs):
        say(f"{len(jobs) - len(missing)} of {len(jobs)} attempts were made before and are kept\n")
    _make(missing, folder, arguments)
    report = summarise(folder.identity, folder.attempts())
    comparisons = compare(earlier, report) if earlier else []
    _write(folder, report, comparisons)
    say(_table(report, comparisons))
    say(f"report: {folder.path / REPORT_HTML}\n")
    wanted = {(job.condition, job.skill) for job in jobs}
    groups = [group for group in report["groups"] if (group["condition"], group["skill"]) in wanted]
    return GOOD if all(group["success"] >= arguments.require for group in groups) else NOT_GOOD_ENOUGH


def _make(missing: Sequence[AttemptJob], folder: ResultFolder, arguments: argparse.Namespace) -> None:
    progress = Progress(len(missing), "attempts", sys.stderr, time.monotonic)
    successes = 0
    for number, result in enumerate(evaluate(missing, arguments.workers, ray="" if arguments.ray else None), start=1):
        folder.add(result)
        successes += result.success
        progress(number, f"{successes}/{number} succeeded")


def _report_of(folder: Path) -> dict[str, Any]:
    file = folder / REPORT_JSON if folder.is_dir() else folder
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise VlaError(f"the earlier evaluation '{folder}' cannot be read: {error}") from error


def _write(folder: ResultFolder, report: Mapping[str, Any], comparisons: Sequence[Comparison]) -> None:
    document = {**report, "comparison": [dataclasses.asdict(item) for item in comparisons]}
    (folder.path / REPORT_JSON).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    attempts: list[AttemptResult] = folder.attempts()
    films = {item.key: file.read_bytes() for item in attempts if (file := folder.film_file(item)).is_file()}
    page = report_page(report, attempts, films, comparisons)
    (folder.path / REPORT_HTML).write_text(page, encoding="utf-8")


def _table(report: Mapping[str, Any], comparisons: Sequence[Comparison]) -> str:
    lines = []
    for group in report["groups"]:
        interval = f"[{group['success_low']:.3f}, {group['success_high']:.3f}]"
        times = group["time_to_success_s"]
        failures = ", ".join(f"{count} {kind}" for kind, count in group["failures"].items()) or "none"
        lines.append(
            f"{group['name']:24s} {group['successes']:4d}/{group['attempts']:<4d} {group['success']:6.1%} {interval} "
            f"{'' if times is None else format(times['p50'], '5.1f') + ' s'}  failures: {failures}"
        )
    return "".join(f"{line}\n" for line in [*lines, *(item.sentence for item in comparisons)])


def main(words: Sequence[str] | None, share: Path) -> int:
    """Run the command line.

    Args:
        words: Arguments; None: those of the process.
        share: Folder that holds the suite's ``config``.
    """
    arguments = parser(share).parse_args(words)
    try:
        return _run(arguments, share, sys.stdout.write)
    except (VlaError, SafetyConfigError, SimulationError) as error:
        if arguments.debug:
            raise
        sys.stderr.write(f"error: {error}\n")
        return ERROR
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped; the same command goes on from here\n")
        return 130
