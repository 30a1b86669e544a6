# SPDX-License-Identifier: Apache-2.0
"""Command line of the training. Parses, calls, and turns errors into one sentence."""

import argparse
import sys
from pathlib import Path

from vla_ros.errors import VlaError
from vla_ros.training.config import DEMONSTRATION_WEIGHTS, GenerationConfig, OptimiserConfig
from vla_sim.tasks.task import Skill

SKILL_NAMES = [skill.value for skill in Skill]


def _generate(arguments: argparse.Namespace) -> None:
    from vla_ros.training.generate import generate

    weights = {Skill(name): DEMONSTRATION_WEIGHTS[Skill(name)] for name in arguments.skills}
    config = GenerationConfig(weights=weights, shard_frames=arguments.shard_frames)
    generate(arguments.folder / arguments.kind, arguments.frames, arguments.seed, arguments.workers, config)


def _train(arguments: argparse.Namespace) -> None:
    import torch

    from vla_ros.training.trainer import TrainConfig, Trainer

    torch.set_num_threads(arguments.threads)
    config = TrainConfig(
        arguments.folder,
        name=arguments.name,
        budget_s=60.0 * arguments.minutes,
        iterations=arguments.iterations,
        start=arguments.start,
        snapshots=arguments.snapshots,
        corrections=arguments.corrections,
        device=arguments.device,
        seed=arguments.seed,
        optimiser=OptimiserConfig(learning_rate=arguments.learning_rate, images=arguments.images),
    )
    sys.stdout.write(f"{Trainer(config).run()}\n")


def _export(arguments: argparse.Namespace) -> None:
    from vla_ros.contract import load_contract
    from vla_ros.training.export import export_checkpoint

    state = arguments.folder / "training" / arguments.name / "state.pt"
    contract = load_contract(arguments.contract)
    sys.stdout.write(f"{export_checkpoint(state, arguments.checkpoint, contract, arguments.seed)}\n")


def _dagger(arguments: argparse.Namespace) -> None:
    from vla_ros.training.corrections import collect

    folder = arguments.folder / "corrections"
    collect(folder, arguments.checkpoint, arguments.contract, arguments.frames, arguments.seed, arguments.workers)


def _evaluate(arguments: argparse.Namespace) -> None:
    from vla_ros.training.evaluate import EvaluationConfig, evaluate, report

    config = EvaluationConfig(
        arguments.checkpoint,
        arguments.contract,
        backend=arguments.backend,
        skills=tuple(arguments.skills),
        conditions=tuple(arguments.conditions),
        seeds=arguments.seeds,
        first_seed=arguments.first_seed,
        rows=arguments.rows,
    )
    sys.stdout.write(report(evaluate(config, arguments.workers, arguments.log)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m vla_ros.training", description="Make the default policy.")
    parser.add_argument("--folder", type=Path, default=Path("runs/default_policy"), help="where everything is kept")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_generate(commands.add_parser("generate", help="demonstrations of the experts"))
    _add_train(commands.add_parser("train", help="the network, from the recorded frames; goes on where it stopped"))
    _add_dagger(commands.add_parser("dagger", help="record what a policy meets, for the expert to label"))
    _add_export(commands.add_parser("export", help="write a checkpoint folder"))
    _add_evaluate(commands.add_parser("evaluate", help="closed loop in the simulation, success with its interval"))
    return parser


def _add_generate(step: argparse.ArgumentParser) -> None:
    step.add_argument("--kind", choices=["demonstrations", "snapshots"], default="demonstrations")
    step.add_argument("--frames", type=int, default=60_000)
    step.add_argument("--shard-frames", type=int, default=1500)
    step.add_argument("--skills", nargs="+", choices=SKILL_NAMES, default=SKILL_NAMES)
    step.add_argument("--seed", type=int, default=1)
    step.add_argument("--workers", type=int, default=2)
    step.set_defaults(run=_generate)


def _add_train(step: argparse.ArgumentParser) -> None:
    step.add_argument("--name", default="base", help="of the run")
    step.add_argument("--minutes", type=float, default=60.0, help="wall-clock length")
    step.add_argument("--iterations", type=int, default=0, help="length in iterations instead of minutes")
    step.add_argument("--start", default="", help="run whose weights it starts from")
    step.add_argument("--snapshots", type=float, default=0.5, help="share of a batch taken from snapshots")
    step.add_argument("--corrections", type=float, default=0.0, help="share of a batch taken from corrections")
    step.add_argument("--learning-rate", type=float, default=1e-3)
    step.add_argument("--images", type=int, default=32, help="pictures per batch; each serves two sentences")
    step.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    step.add_argument("--threads", type=int, default=1)
    step.add_argument("--seed", type=int, default=0)
    step.set_defaults(run=_train)


def _add_dagger(step: argparse.ArgumentParser) -> None:
    _add_checkpoint(step)
    step.add_argument("--frames", type=int, default=20_000)
    step.add_argument("--seed", type=int, default=1)
    step.add_argument("--workers", type=int, default=2)
    step.set_defaults(run=_dagger)


def _add_export(step: argparse.ArgumentParser) -> None:
    _add_checkpoint(step)
    step.add_argument("--name", default="base", help="of the run")
    step.add_argument("--seed", type=int, default=0, help="of the run, for the record")
    step.set_defaults(run=_export)


def _add_evaluate(step: argparse.ArgumentParser) -> None:
    from vla_ros.training.conditions import CONDITIONS

    _add_checkpoint(step)
    step.add_argument("--skills", nargs="+", choices=SKILL_NAMES, default=SKILL_NAMES)
    step.add_argument("--conditions", nargs="+", choices=list(CONDITIONS), default=["nominal"])
    step.add_argument("--seeds", type=int, default=100, help="per skill and condition")
    step.add_argument("--first-seed", type=int, default=900_000)
    step.add_argument("--rows", type=int, default=4, help="executed before the policy is asked again")
    step.add_argument("--backend", choices=["flow", "flow_onnx"], default="flow_onnx")
    step.add_argument("--workers", type=int, default=2)
    step.add_argument("--log", type=Path, help="one JSON line per attempt")
    step.set_defaults(run=_evaluate)


def _add_checkpoint(step: argparse.ArgumentParser) -> None:
    step.add_argument("--checkpoint", type=Path, default=Path("runs/default_policy/checkpoint"))
    step.add_argument("--contract", type=Path, default=Path("config/robots/franka.yaml"), help="of the robot")


def main(argv: list[str] | None = None) -> int:
    """Run the command line."""
    arguments = _parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except VlaError as error:
        if arguments.debug:
            raise
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
