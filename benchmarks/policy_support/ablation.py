# SPDX-License-Identifier: Apache-2.0
"""Ablation: what the default policy owes to its auxiliary losses and to DAgger, at equal and small budgets.

    python -m benchmarks.policy_support.ablation --json benchmarks/results/ablation.json

Three runs from random weights with the same data folder, iterations and seed: as shipped; without supervision of where
the instruction attends and without the regression of poses (both weights 0); without the frames that the policy's own
mistakes led to (their share 0). Each is exported and tried in closed loop on the same held-out seeds. The budget is a
fraction of the shipped checkpoint's: only the differences count.

Needs demonstrations, snapshots and corrections (``python -m vla_ros.training``). What is trained is kept beside them,
and a run that was interrupted goes on; about 40 minutes on one core.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

from benchmarks.report import Report
from vla_ros.errors import VlaError

CONTRACT = Path("config/robots/franka.yaml")
SKILLS = ("reach", "pick", "place_in_bin")
FIRST_SEED, WORKERS = 960_000, 2
VARIANTS = ("full", "no_auxiliary", "no_dagger")


def trained(folder: Path, variant: str, iterations: int) -> Path:
    """Return the exported checkpoint of a variant, trained here if it is not there yet.

    Raises:
        VlaError: the folder has no training data.
    """
    import torch

    from vla_ros.contract import load_contract
    from vla_ros.training.config import LossConfig, OptimiserConfig
    from vla_ros.training.export import export_checkpoint
    from vla_ros.training.trainer import TrainConfig, Trainer

    name = f"ablation_{variant}_{iterations}"
    checkpoint = folder / "training" / name / "checkpoint"
    if checkpoint.is_dir():
        return checkpoint
    config = TrainConfig(
        folder,
        name=name,
        iterations=iterations,
        snapshots=0.25,
        corrections=0.0 if variant == "no_dagger" else 0.4,
        seed=1,
        optimiser=OptimiserConfig(images=32),
    )
    if variant == "no_auxiliary":
        config = replace(config, loss=LossConfig(grounding=0.0, auxiliary=0.0))
    torch.set_num_threads(1)
    Trainer(config).run()
    return export_checkpoint(config.run_folder / "state.pt", checkpoint, load_contract(CONTRACT), config.seed)


def figures(variant: str, checkpoint: Path, seeds: int) -> Iterator[tuple[str, float]]:
    """Yield the success of a checkpoint by skill, with its 95 % interval."""
    from vla_ros.training.evaluate import EvaluationConfig, clopper_pearson, evaluate

    config = EvaluationConfig(checkpoint, CONTRACT, skills=SKILLS, seeds=seeds, first_seed=FIRST_SEED)
    attempts = evaluate(config, WORKERS)
    for skill in SKILLS:
        successes = sum(attempt.success for attempt in attempts if attempt.skill == skill)
        low, high = clopper_pearson(successes, seeds)
        yield from {f"{variant}_{skill}": successes / seeds, f"{variant}_{skill}_low": low}.items()
        yield f"{variant}_{skill}_high", high


def main() -> int:
    """Train and evaluate three times; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.policy_support.ablation", description=str(__doc__).splitlines()[0]
    )
    parser.add_argument("--folder", type=Path, default=Path("runs/default_policy"), help="of the training data")
    parser.add_argument("--iterations", type=int, default=2000, help="of each run")
    parser.add_argument("--seeds", type=int, default=60, help="per skill")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args()
    found = {"iterations": float(options.iterations), "seeds": float(options.seeds)}
    try:
        for variant in VARIANTS:
            # In a process of its own: a training holds 12 GB of pictures.
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
                checkpoint = process.submit(trained, options.folder, variant, options.iterations).result()
            found |= dict(figures(variant, checkpoint, options.seeds))
    except VlaError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    text = json.dumps(Report.now("ablation", found).as_dict(), indent=2)
    sys.stdout.write(f"{text}\n")
    if options.json:
        options.json.write_text(f"{text}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
