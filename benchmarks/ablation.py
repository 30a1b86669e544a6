# SPDX-License-Identifier: Apache-2.0
"""Ablation: what the default policy owes to its auxiliary losses and to DAgger, at equal and small budgets.

Three runs from random weights with the same data folder, iterations and seed: as shipped; without supervision of where
the instruction attends and without the regression of poses (both weights 0); without the frames that the policy's own
mistakes led to (their share 0). Each is exported and tried in closed loop on the same held-out seeds. The budget is a
fraction of the shipped checkpoint's: only the differences count.

Needs ``runs/default_policy`` with demonstrations, snapshots and corrections (``python -m vla_ros.training``); what is
trained is kept there, and a run that was interrupted goes on.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

FOLDER = Path("runs/default_policy")
CONTRACT = Path("config/robots/franka.yaml")
SKILLS = ("reach", "pick", "place_in_bin")
FIRST_SEED, SEEDS, QUICK_SEEDS = 960_000, 60, 5
ITERATIONS, QUICK_ITERATIONS = 2000, 40
WORKERS = 2
VARIANTS = ("full", "no_auxiliary", "no_dagger")


def run(quick: bool) -> dict[str, float]:  # noqa: FBT001 (the benchmarks' interface)
    """Train and evaluate three times, by 2000 iterations and 60 seeds per skill, or 40 and 5 (quick)."""
    import torch

    torch.set_num_threads(1)
    iterations, seeds = (QUICK_ITERATIONS, QUICK_SEEDS) if quick else (ITERATIONS, SEEDS)
    figures = {"iterations": float(iterations), "seeds": float(seeds)}
    for variant in VARIANTS:
        figures |= dict(_figures(variant, iterations, seeds))
    for variant in VARIANTS[1:]:
        for skill in SKILLS:
            figures[f"{variant}_{skill}_loss"] = figures[f"full_{skill}"] - figures[f"{variant}_{skill}"]
    return figures


def _figures(variant: str, iterations: int, seeds: int) -> Iterator[tuple[str, float]]:
    from vla_ros.training.evaluate import EvaluationConfig, clopper_pearson, evaluate

    checkpoint = _trained(variant, iterations)
    config = EvaluationConfig(checkpoint, CONTRACT, skills=SKILLS, seeds=seeds, first_seed=FIRST_SEED)
    attempts = evaluate(config, WORKERS)
    for skill in SKILLS:
        successes = sum(attempt.success for attempt in attempts if attempt.skill == skill)
        low, high = clopper_pearson(successes, seeds)
        yield f"{variant}_{skill}", successes / seeds
        yield f"{variant}_{skill}_low", low
        yield f"{variant}_{skill}_high", high


def _trained(variant: str, iterations: int) -> Path:
    """Return the exported checkpoint of a variant, trained here if it is not there yet."""
    from vla_ros.contract import load_contract
    from vla_ros.training.config import LossConfig, OptimiserConfig
    from vla_ros.training.export import export_checkpoint
    from vla_ros.training.trainer import TrainConfig, Trainer

    name = f"ablation_{variant}_{iterations}"
    checkpoint = FOLDER / "training" / name / "checkpoint"
    if checkpoint.is_dir():
        return checkpoint
    config = TrainConfig(
        FOLDER,
        name=name,
        iterations=iterations,
        snapshots=0.25,
        corrections=0.0 if variant == "no_dagger" else 0.4,
        seed=1,
        optimiser=OptimiserConfig(images=32),
    )
    if variant == "no_auxiliary":
        config = replace(config, loss=LossConfig(grounding=0.0, auxiliary=0.0))
    Trainer(config).run()
    return export_checkpoint(config.run_folder / "state.pt", checkpoint, load_contract(CONTRACT), config.seed)
