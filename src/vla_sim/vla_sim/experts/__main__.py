# SPDX-License-Identifier: Apache-2.0
"""Measures the experts: `python -m vla_sim.experts --task stack --seeds 300`. Failures are listed by seed.

`--results FILE.json` adds the run to those before it, and writes the table beside it as FILE.md.
"""

import argparse
import json
import sys
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from vla_sim.errors import SimulationError
from vla_sim.experts.measure import DEFAULT_SCENE, Attempt, attempt_tuple
from vla_sim.experts.results import add_attempts, markdown_table, read_results
from vla_sim.scene.config import load_scene
from vla_sim.tasks.task import Skill


def _report(skill: Skill, attempts: list[Attempt]) -> str:
    good = sum(item.success for item in attempts)
    mean = np.mean([item.duration_s for item in attempts])
    lines = [f"{skill.value:14s} {good}/{len(attempts)} = {100 * good / len(attempts):.1f} %, mean {mean:.2f} s"]
    lines += [f"    seed {a.seed}: {a.text} ({a.reflex}, {a.duration_s:.1f} s)" for a in attempts if not a.success]
    return "\n".join(lines)


def _keep(path: Path, scene: str, skill: Skill, attempts: list[Attempt]) -> None:
    results = add_attempts(read_results(path), scene, skill.value, attempts)
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(markdown_table(results), encoding="utf-8")


def _measure(arguments: argparse.Namespace) -> None:
    scene = load_scene(arguments.scene) if arguments.scene else DEFAULT_SCENE
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    with get_context("spawn").Pool(arguments.workers) as pool:
        for skill in list(Skill) if arguments.task == "all" else [Skill(arguments.task)]:
            attempts = pool.map(attempt_tuple, [(scene, skill, seed) for seed in seeds], chunksize=4)
            print(_report(skill, attempts), flush=True)  # noqa: T201
            if arguments.results:
                _keep(arguments.results, scene.name if arguments.scene else "default", skill, attempts)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m vla_sim.experts", description=__doc__.splitlines()[0])
    parser.add_argument("--task", choices=[skill.value for skill in Skill] + ["all"], default="all")
    parser.add_argument("--seeds", type=int, default=100, help="how many random scenes")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--scene", type=Path, help="scene file; default: 2-5 objects, 1-2 zones")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--results", type=Path, metavar="FILE", help="JSON file to which the run is added")
    arguments = parser.parse_args()
    try:
        _measure(arguments)
    except SimulationError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
