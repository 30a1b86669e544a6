# SPDX-License-Identifier: Apache-2.0
"""``evaluate_bag``: replays bags through policies and says how they do. Exit code 1: a limit is not kept, 2: error."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from vla_ros.errors import VlaError
from vla_ros.progress import Progress
from vla_ros.replay.evaluation import Evaluated, evaluate
from vla_ros.replay.incident import incident_report
from vla_ros.replay.plan import Mode, ReplayPlan, VariantPlan
from vla_ros.replay.report import check_thresholds, compare_runs, load_thresholds, report_page, summarise
from vla_ros.replay.report.comparison import Difference, compare_variants
from vla_ros.replay.report.thresholds import Violation
from vla_safety import ConfigError as SafetyConfigError
from vla_safety import SafetyError

__all__ = ["main"]

GOOD, NOT_KEPT, ERROR = 0, 1, 2


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    line = argparse.ArgumentParser(prog="evaluate_bag", description=__doc__)
    line.add_argument("bags", nargs="+", help="folders of rosbag2 recordings")
    line.add_argument("--contract", required=True, help="the robot, e.g. config/robots/franka.yaml")
    line.add_argument("--robot", default="", help="which robot of the contract")
    line.add_argument("--target", default="", help="which target of the contract")
    line.add_argument("--namespace", default="", help="of the topics in the bags")
    line.add_argument(
        "--policy",
        action="append",
        metavar="[NAME=]POLICY",
        help="recorded, demonstration, a policy's YAML file or a checkpoint; again: side by side (default: recorded)",
    )
    line.add_argument("--strategy", action="append", help="scheduler; one for all, or one for each policy")
    line.add_argument("--safety", action="append", help="safety configuration; one for all, or one for each policy")
    line.add_argument(
        "--urdf", default="", help="robot description for --safety; incident: default is the recorded one"
    )
    modes = [mode.value for mode in Mode]
    line.add_argument("--mode", choices=[*modes, "incident"], default=Mode.OPEN_LOOP.value, help="time of inferences")
    line.add_argument("--delay", type=float, default=0.1, help="of an inference where none was recorded [s]")
    line.add_argument("--instruction", default="", help="where the bag holds none")
    line.add_argument("--step", type=int, default=-1, help="incident: sequence number of the decision; -1: all")
    line.add_argument("--device", default="cpu", choices=["cpu", "cuda", "auto"])
    line.add_argument("--samples", type=int, default=1, help="chunks a stochastic policy draws at each observation")
    line.add_argument("--seed", type=int, default=-1, help="of policies; -1: each one's own, as live")
    line.add_argument("--workers", type=int, default=1, help="bags at a time")
    line.add_argument("--ray", action="store_true", help="run on the Ray cluster of RAY_ADDRESS, else on a local one")
    line.add_argument("--html", help="write the report as a page")
    line.add_argument("--json", help="write the report as JSON; - prints it")
    line.add_argument("--thresholds", help="limits that have to be kept")
    line.add_argument("--compare", metavar="JSON", help="an earlier report to compare with")
    line.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return line


def plan_of(arguments: argparse.Namespace) -> ReplayPlan:
    """Return what the command line asks for.

    Raises:
        VlaError: numbers of options do not fit each other.
    """
    policies = arguments.policy or ["recorded"]
    count = max(len(policies), len(arguments.strategy or ()), len(arguments.safety or ()))
    columns = [
        _spread(values, count, what)
        for values, what in (
            (policies, "--policy"),
            (arguments.strategy or [""], "--strategy"),
            (arguments.safety or [""], "--safety"),
        )
    ]
    variants = []
    for number, (policy, strategy, safety) in enumerate(zip(*columns, strict=True), start=1):
        name, separator, source = policy.rpartition("=")
        default = Path(policy).stem if count == 1 else f"{Path(policy).stem} {number}"
        urdf = arguments.urdf if safety else ""
        variants.append(VariantPlan(name if separator else default, source, strategy, safety, urdf))
    return ReplayPlan(
        contract=arguments.contract,
        variants=tuple(variants),
        robot=arguments.robot,
        target=arguments.target,
        namespace=arguments.namespace,
        mode=Mode(arguments.mode),
        delay_s=arguments.delay,
        instruction=arguments.instruction,
        device=arguments.device,
        samples=arguments.samples,
        seed=arguments.seed,
    )


def _spread(values: Sequence[str], count: int, what: str) -> list[str]:
    if len(values) not in (1, count):
        raise VlaError(f"{what} is given {len(values)} times; once for all or {count} times")
    return list(values) * count if len(values) == 1 else list(values)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.mode == "incident":
        return _incident(arguments)
    plan = plan_of(arguments)
    progress = Progress(len(arguments.bags), "bags", sys.stderr, time.monotonic)
    limits = load_thresholds(arguments.thresholds) if arguments.thresholds else {}
    results = evaluate(plan, arguments.bags, arguments.workers, ray="" if arguments.ray else None, progress=progress)
    report = summarise(plan, results)
    if not report["replayed"]:
        raise VlaError(results[0].error)
    differences = _differences(arguments, report, plan)
    violations = check_thresholds(report, limits)
    _write(arguments, report, (results, violations, differences))
    _print(report, violations)
    return NOT_KEPT if violations or (limits and report["refused"]) else GOOD


def _incident(arguments: argparse.Namespace) -> int:
    if len(arguments.safety or ()) != 1:
        raise VlaError("an incident needs --safety: the configuration with which the robot ran")
    report = incident_report(Path(arguments.bags[0]), (arguments.safety[0], arguments.urdf), arguments.step)
    _output(arguments.json or "-", json.dumps(report, indent=2) + "\n")
    return GOOD if report["equal"] == report["decisions"] else NOT_KEPT


def _differences(arguments: argparse.Namespace, report: dict[str, object], plan: ReplayPlan) -> list[Difference]:
    if arguments.compare:
        try:
            earlier = json.loads(Path(arguments.compare).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise VlaError(f"the earlier report '{arguments.compare}' cannot be read: {error}") from error
        return compare_runs(earlier, report)
    if len(plan.variants) == 2:
        return compare_variants(report, plan.variants[0].name, plan.variants[1].name)
    return []


def _write(
    arguments: argparse.Namespace,
    report: dict[str, object],
    parts: tuple[list[Evaluated], list[Violation], list[Difference]],
) -> None:
    if arguments.json:
        _output(arguments.json, json.dumps(report, indent=2) + "\n")
    if arguments.html:
        results, violations, differences = parts
        _output(arguments.html, report_page(report, results, violations, differences))


def _output(target: str, text: str) -> None:
    if target == "-":
        sys.stdout.write(text)
        return
    try:
        Path(target).write_text(text, encoding="utf-8")
    except OSError as error:
        raise VlaError(f"'{target}' cannot be written: {error.strerror}") from error


def _print(report: dict[str, object], violations: list[Violation]) -> None:
    lines = [f"{item['bag']}: {item['reason']}" for item in report["refused"]]  # type: ignore[attr-defined]
    lines += [f"defect in {f['bag']}: {f['sentence']}" for f in report["findings"]]  # type: ignore[attr-defined]
    lines += [f"not kept: {violation.sentence}" for violation in violations]
    sys.stderr.writelines(f"{line}\n" for line in lines)


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line."""
    arguments = parser().parse_args(words)
    try:
        return _run(arguments)
    except (VlaError, SafetyConfigError, SafetyError) as error:
        if arguments.debug:
            raise
        sys.stderr.write(f"error: {error}\n")
        return ERROR


if __name__ == "__main__":
    sys.exit(main())
