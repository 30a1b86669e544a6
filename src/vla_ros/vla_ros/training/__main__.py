# SPDX-License-Identifier: Apache-2.0
"""Command line of the training. Parses, calls, and turns errors into one sentence."""

import argparse
import sys
from pathlib import Path

from vla_ros.errors import VlaError
from vla_ros.training.conditions import CONDITIONS
from vla_ros.training.config import DEMONSTRATION_WEIGHTS, RELABEL_WEIGHTS, GenerationConfig, OptimiserConfig
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
        weights={Skill(name): RELABEL_WEIGHTS[Skill(name)] for name in arguments.skills},
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
    from vla_ros.training.corrections import CollectionPlan, collect

    folder = arguments.folder / "corrections"
    weights = {Skill(name): DEMONSTRATION_WEIGHTS[Skill(name)] for name in arguments.skills}
    plan = CollectionPlan(folder, arguments.checkpoint, arguments.contract, arguments.seed, weights)
    collect(plan, arguments.frames, arguments.workers)


def _evaluate(arguments: argparse.Namespace) -> None:
    from vla_ros.training.card import write_card
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
    text = report(evaluate(config, arguments.workers, arguments.log))
    sys.stdout.write(text)
    if arguments.card:
        write_card(arguments.checkpoint, text, {}, first_seed=config.first_seed, rows=config.rows)


def _film(arguments: argparse.Namespace) -> None:
    from vla_ros.training.evaluate import EvaluationConfig, load_pair
    from vla_ros.training.film import film, save_films

    simulation, policy = load_pair(EvaluationConfig(arguments.checkpoint, arguments.contract))
    condition, seeds = (
        CONDITIONS[arguments.condition],
        range(arguments.first_seed, arguments.first_seed + arguments.seeds),
    )
    strips = [film(simulation, policy, condition, Skill(name), seed)[0] for name in arguments.skills for seed in seeds]
    save_films(strips, arguments.picture)
    sys.stdout.write(f"{arguments.picture}\n")


def _finetune(arguments: argparse.Namespace) -> None:
    import torch

    from vla_ros.training.finetune import FinetuneConfig, finetune

    torch.set_num_threads(arguments.threads)
    config = FinetuneConfig(
        arguments.dataset,
        arguments.checkpoint,
        arguments.output,
        arguments.contract,
        iterations=arguments.iterations,
        learning_rate=arguments.learning_rate,
        images=arguments.images,
        held_out=arguments.held_out,
        rehearsal=arguments.rehearsal,
        device=arguments.device,
        seed=arguments.seed,
    )
    report = finetune(config, lambda sentence: print(sentence, flush=True))  # noqa: T201 (a command line)
    sys.stdout.write(f"{arguments.output}: learned from {report.frames} frames\n")


def _all(arguments: argparse.Namespace) -> None:
    """Run every step with the settings that the shipped checkpoint is made with; interrupted, it goes on."""
    folder, checkpoint = str(arguments.folder), str(arguments.checkpoint)
    place = ["--checkpoint", checkpoint, "--contract", str(arguments.contract)]
    half, full = str(arguments.minutes / 2.0), str(arguments.minutes)
    device = ["--device", arguments.device]
    for step in (
        ["generate", "--kind", "demonstrations", "--frames", str(arguments.frames)],
        ["generate", "--kind", "snapshots", "--frames", str(arguments.frames)],
        ["train", "--name", "first", "--minutes", half, *device],
        ["export", "--name", "first", *place],
        ["dagger", "--frames", str(arguments.frames // 4), *place],
        ["train", "--start", "first", "--minutes", full, "--corrections", "0.2", "--snapshots", "0.4", *device],
        ["export", *place],
        ["evaluate", "--card", "--seeds", str(arguments.seeds), *place],
    ):
        sys.stdout.write(f"== {' '.join(step)}\n")
        if main(["--folder", folder, *step]):
            raise VlaError(f"the step '{step[0]}' failed")


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
    _add_film(commands.add_parser("film", help="film strips of attempts as one picture"))
    _add_finetune(commands.add_parser("finetune", help="a checkpoint on recorded episodes, out of a LeRobot dataset"))
    _add_all(commands.add_parser("all", help="every step, from nothing to an evaluated checkpoint"))
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
    step.add_argument("--skills", nargs="+", choices=SKILL_NAMES, default=SKILL_NAMES, help="to label frames for")
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
    step.add_argument("--skills", nargs="+", choices=SKILL_NAMES, default=SKILL_NAMES)
    step.add_argument("--seed", type=int, default=1)
    step.add_argument("--workers", type=int, default=2)
    step.set_defaults(run=_dagger)


def _add_export(step: argparse.ArgumentParser) -> None:
    _add_checkpoint(step)
    step.add_argument("--name", default="base", help="of the run")
    step.add_argument("--seed", type=int, default=0, help="of the run, for the record")
    step.set_defaults(run=_export)


def _add_evaluate(step: argparse.ArgumentParser) -> None:
    _add_checkpoint(step)
    step.add_argument("--skills", nargs="+", choices=SKILL_NAMES, default=SKILL_NAMES)
    step.add_argument("--conditions", nargs="+", choices=list(CONDITIONS), default=["nominal"])
    step.add_argument("--seeds", type=int, default=100, help="per skill and condition")
    step.add_argument("--first-seed", type=int, default=900_000)
    step.add_argument("--rows", type=int, default=4, help="executed before the policy is asked again")
    step.add_argument("--backend", choices=["flow", "flow_onnx"], default="flow_onnx")
    step.add_argument("--workers", type=int, default=2)
    step.add_argument("--card", action="store_true", help="write the model card of the checkpoint")
    step.add_argument("--log", type=Path, help="one JSON line per attempt")
    step.set_defaults(run=_evaluate)


def _add_film(step: argparse.ArgumentParser) -> None:
    _add_checkpoint(step)
    step.add_argument("--skills", nargs="+", choices=SKILL_NAMES, default=SKILL_NAMES)
    step.add_argument("--condition", choices=list(CONDITIONS), default="nominal")
    step.add_argument("--seeds", type=int, default=1, help="per skill")
    step.add_argument("--first-seed", type=int, default=900_000)
    step.add_argument("--picture", type=Path, default=Path("film.png"))
    step.set_defaults(run=_film)


def _add_finetune(step: argparse.ArgumentParser) -> None:
    _add_checkpoint(step)
    step.add_argument("--dataset", type=Path, required=True, help="folder of a LeRobot dataset")
    step.add_argument("--output", type=Path, required=True, help="new folder of the checkpoint")
    step.add_argument("--iterations", type=int, default=1000)
    step.add_argument("--learning-rate", type=float, default=1e-4)
    step.add_argument("--images", type=int, default=32, help="frames per batch")
    step.add_argument("--held-out", type=float, default=0.1, help="share of the episodes to measure on")
    step.add_argument("--rehearsal", default="", help="folder with demonstrations of the simulation to mix in")
    step.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    step.add_argument("--threads", type=int, default=1)
    step.add_argument("--seed", type=int, default=0)
    step.set_defaults(run=_finetune)


def _add_all(step: argparse.ArgumentParser) -> None:
    _add_checkpoint(step)
    step.add_argument("--frames", type=int, default=60_000, help="of demonstrations, and of snapshots")
    step.add_argument("--minutes", type=float, default=60.0, help="of training, and half of that before DAgger")
    step.add_argument("--seeds", type=int, default=100, help="of the evaluation, per skill")
    step.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    step.set_defaults(run=_all)


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
