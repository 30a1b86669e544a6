# SPDX-License-Identifier: Apache-2.0
"""``check_rollout``: compares two checkpoints on held-out bags. Exit code 1: an item is not kept, 2: error."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vla_ros.contract import load_contract
from vla_ros.errors import VlaError
from vla_ros.policy.checkpoint import CONFIG_FILE, open_checkpoint
from vla_ros.progress import Progress
from vla_ros.replay.evaluation import evaluate
from vla_ros.replay.plan import Mode, ReplayPlan, VariantPlan
from vla_ros.replay.report import report_page, summarise
from vla_ros.replay.report.comparison import compare_variants
from vla_ros.replay.report.rollout import DEFAULT_LIMITS, NEW, OLD, Item, check_list, load_limits
from vla_safety import ConfigError as SafetyConfigError
from vla_safety import SafetyError

__all__ = ["main"]

KEPT, NOT_KEPT, ERROR = 0, 1, 2


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    line = argparse.ArgumentParser(prog="check_rollout", description=__doc__)
    line.add_argument("bags", nargs="+", help="held-out bags: none of them was trained on")
    line.add_argument("--old", required=True, help="checkpoint or policy file that runs now")
    line.add_argument("--new", required=True, help="checkpoint or policy file that is to run")
    line.add_argument("--contract", required=True, help="the robot, e.g. config/robots/franka.yaml")
    line.add_argument("--robot", default="", help="which robot of the contract")
    line.add_argument("--target", default="", help="which target of the contract")
    line.add_argument("--namespace", default="", help="of the topics in the bags")
    line.add_argument("--safety", default="", help="safety configuration: also compare how often it has to act")
    line.add_argument("--urdf", default="", help="robot description for --safety")
    line.add_argument("--mode", choices=[mode.value for mode in Mode], default=Mode.SHADOW.value)
    line.add_argument("--limits", help="YAML file with what is allowed of which figure; default: built in")
    line.add_argument("--workers", type=int, default=1, help="bags at a time")
    line.add_argument("--device", default="cpu", choices=["cpu", "cuda", "auto"])
    line.add_argument("--html", help="write the comparison as a page")
    line.add_argument("--json", help="write list and report as JSON")
    line.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return line


def _run(arguments: argparse.Namespace) -> int:
    limits = load_limits(arguments.limits) if arguments.limits else DEFAULT_LIMITS
    contract = load_contract(arguments.contract, arguments.robot, arguments.target)
    for policy in (arguments.old, arguments.new):
        if Path(policy, CONFIG_FILE).is_file():
            open_checkpoint(policy).require_robot(contract)
    variants = (
        VariantPlan(OLD, arguments.old, safety=arguments.safety, urdf=arguments.urdf),
        VariantPlan(NEW, arguments.new, safety=arguments.safety, urdf=arguments.urdf),
    )
    plan = ReplayPlan(
        contract=arguments.contract,
        variants=variants,
        robot=arguments.robot,
        target=arguments.target,
        namespace=arguments.namespace,
        mode=Mode(arguments.mode),
        device=arguments.device,
    )
    progress = Progress(len(arguments.bags), "bags", sys.stderr, time.monotonic)
    results = evaluate(plan, arguments.bags, arguments.workers, progress=progress)
    report = summarise(plan, results)
    if not report["replayed"]:
        raise VlaError(results[0].error)
    items = check_list(report, limits)
    if arguments.html:
        differences = compare_variants(report, OLD, NEW)
        Path(arguments.html).write_text(report_page(report, results, (), differences), encoding="utf-8")
    _tell(items, report, arguments.json)
    return KEPT if all(item.kept for item in items) else NOT_KEPT


def _tell(items: list[Item], report: dict[str, Any], target: str | None) -> None:
    sys.stdout.writelines(f"{'✓' if item.kept else '✗'} {item.name}: {item.sentence}\n" for item in items)
    kept = sum(item.kept for item in items)
    verdict = "the new checkpoint may be rolled out" if kept == len(items) else "do not roll the new checkpoint out"
    sys.stdout.write(f"{kept} of {len(items)} kept: {verdict}\n")
    if target:
        lines = [{"name": item.name, "kept": item.kept, "sentence": item.sentence} for item in items]
        Path(target).write_text(json.dumps({"items": lines, "report": report}, indent=2) + "\n", encoding="utf-8")


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line."""
    arguments = parser().parse_args(words)
    try:
        return _run(arguments)
    except (VlaError, SafetyConfigError, SafetyError, OSError) as error:
        if arguments.debug:
            raise
        sys.stderr.write(f"error: {error}\n")
        return ERROR


if __name__ == "__main__":
    sys.exit(main())
