# SPDX-License-Identifier: Apache-2.0
"""Measures the experts: `python -m vla_sim.experts --task stack --seeds 300`. Failures are listed by seed."""

import argparse
import sys
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from vla_sim.errors import SceneError
from vla_sim.experts.episode import run_expert
from vla_sim.scene.config import ObjectsConfig, SceneConfig, TargetsConfig, load_scene
from vla_sim.simulation import Simulation, SimulationConfig
from vla_sim.tasks.sample import sample_task
from vla_sim.tasks.task import Skill

DEFAULT_SCENE = SceneConfig(objects=ObjectsConfig(count=(2, 5)), targets=TargetsConfig(zones=(1, 2)))
MAX_REDRAWS = 40  # scenes that do not allow the skill are drawn again


@dataclass(frozen=True, slots=True)
class Attempt:
    """One expert run."""

    seed: int
    text: str
    success: bool
    duration_s: float
    reflex: str


_simulations: dict[SceneConfig, Simulation] = {}


def attempt(scene: SceneConfig, skill: Skill, seed: int) -> Attempt:
    """Run the expert of ``skill`` in the first scene after ``seed`` that allows it."""
    simulation = _simulations.setdefault(scene, Simulation(SimulationConfig(scene=scene), seed))
    for redraw in range(MAX_REDRAWS):
        draw = seed + redraw * 1_000_003
        layout = simulation.reset(draw)
        task = sample_task(layout, np.random.default_rng([draw, 1]), [skill])
        if task is not None:
            break
    else:
        raise SceneError(f"no scene of {MAX_REDRAWS} allows {skill.value!r}")
    simulation.reset(draw, layout, task.start_width_m)
    outcome = run_expert(simulation, task)
    return Attempt(seed, task.text, outcome.success, outcome.duration_s, outcome.reflex.value)


def _attempt(arguments: tuple[SceneConfig, Skill, int]) -> Attempt:
    return attempt(*arguments)


def _report(skill: Skill, attempts: list[Attempt]) -> str:
    good = sum(item.success for item in attempts)
    mean = np.mean([item.duration_s for item in attempts])
    lines = [f"{skill.value:14s} {good}/{len(attempts)} = {100 * good / len(attempts):.1f} %, mean {mean:.2f} s"]
    lines += [f"    seed {a.seed}: {a.text} ({a.reflex}, {a.duration_s:.1f} s)" for a in attempts if not a.success]
    return "\n".join(lines)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m vla_sim.experts", description=__doc__.splitlines()[0])
    parser.add_argument("--task", choices=[skill.value for skill in Skill] + ["all"], default="all")
    parser.add_argument("--seeds", type=int, default=100, help="how many random scenes")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--scene", type=Path, help="scene file; default: 2-5 objects, 1-2 zones")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    try:
        scene = load_scene(arguments.scene) if arguments.scene else DEFAULT_SCENE
        with get_context("spawn").Pool(arguments.workers) as pool:
            for skill in list(Skill) if arguments.task == "all" else [Skill(arguments.task)]:
                seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
                attempts = pool.map(_attempt, [(scene, skill, seed) for seed in seeds], chunksize=4)
                print(_report(skill, attempts), flush=True)  # noqa: T201
    except SceneError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
