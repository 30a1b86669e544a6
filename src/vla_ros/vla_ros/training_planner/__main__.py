# SPDX-License-Identifier: Apache-2.0
"""``python -m vla_ros.training_planner``: draws scenes, trains the default planner, evaluates and exports it."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

from vla_ros.errors import VlaError
from vla_ros.planner import load_skills
from vla_ros.planner.loading import load_backend
from vla_ros.planner.openai import Timing
from vla_ros.training.progress import Progress
from vla_ros.training_planner.evaluation import evaluate_backend
from vla_ros.training_planner.export import export
from vla_ros.training_planner.publish import publish
from vla_ros.training_planner.scenes import draw_scenes
from vla_ros.training_planner.trainer import STAGES, Schedule, Trainer

_REPORT_EVERY = 20


def main(words: list[str] | None = None) -> int:
    """Run one of the verbs."""
    options = _parse(words)
    torch.set_num_threads(options.threads)
    try:
        options.verb(options)
    except (VlaError, OSError) as error:
        if options.debug:
            raise
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def _parse(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m vla_ros.training_planner", description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("config"), help="folder of scenes/ and planners/")
    parser.add_argument("--work", type=Path, default=Path("runs/default_planner"), help="scenes, state, checkpoint")
    parser.add_argument("--threads", type=int, default=1, help="of torch")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    verbs = parser.add_subparsers(required=True)
    scenes = verbs.add_parser("scenes", help="draw scenes for training and evaluation")
    scenes.add_argument("--count", type=int, default=16000)
    scenes.add_argument("--held-out", type=int, default=1000)
    scenes.set_defaults(verb=_scenes)
    train = verbs.add_parser("train", help="train, or go on where the last run ended")
    for name in ("language", "vision", "joint"):
        train.add_argument(f"--{name}-steps", type=int, default=getattr(Schedule(), f"{name}_steps"))
    train.add_argument("--picture-batch", type=int, default=Schedule().picture_batch)
    train.add_argument("--last", choices=STAGES, default=STAGES[-1], help="end after this stage")
    train.add_argument("--again", action="store_true", help="go through the stages once more, from the present weights")
    train.set_defaults(verb=_train)
    export = verbs.add_parser("export", help="write the checkpoint in Hugging Face format")
    export.set_defaults(verb=_export)
    evaluate = verbs.add_parser("evaluate", help="measure any planner on held-out scenes and words")
    evaluate.add_argument("--count", type=int, default=500, help="examples of each kind")
    evaluate.add_argument("--planner", type=Path, default=Path("config/planners/grammar.yaml"), help="its file")
    evaluate.add_argument("--json", type=Path, help="write the figures here too")
    evaluate.set_defaults(verb=_evaluate)
    publish = verbs.add_parser("publish", help="make the measured checkpoint the planner 'default'")
    publish.add_argument("--figures", type=Path, required=True, help="JSON that evaluate wrote")
    publish.add_argument("--making", default="", help="sentences for the card: how the weights came about")
    publish.set_defaults(verb=_publish)
    return parser.parse_args(words)


def _scenes(options: argparse.Namespace) -> None:
    parts = (("scenes", options.count, 1), ("scenes_held_out", options.held_out, 77))
    for name, count, seed in parts:
        progress = Progress(name, count)
        report = _sometimes(progress.show, 200)
        for _ in draw_scenes(options.work / name, options.config / "scenes", count, seed, report):
            pass


def _trainer(options: argparse.Namespace, schedule: Schedule) -> Trainer:
    library = load_skills(options.config / "planners" / "skills.yaml")
    return Trainer(options.work / "scenes", library, schedule, options.work / "state.pt")


def _train(options: argparse.Namespace) -> None:
    schedule = Schedule(
        options.language_steps, options.vision_steps, options.joint_steps, picture_batch=options.picture_batch
    )
    reports: dict[str, Progress] = {}

    def report(stage: str, step: int, steps: int, loss: float) -> None:
        progress = reports.setdefault(stage, Progress(stage, steps))
        if step % _REPORT_EVERY == 0 or step == steps:
            progress.show(step, f"step {step} loss {loss:.4f} at {time.strftime('%H:%M:%S')}")

    trainer = _trainer(options, schedule)
    if options.again:
        trainer.begin_again()
    trainer.run(report, options.last)


def _export(options: argparse.Namespace) -> None:
    export(_trainer(options, Schedule()), options.work / "checkpoint")


def _evaluate(options: argparse.Namespace) -> None:
    backend, library = load_backend(options.planner, Timing(time.monotonic_ns, time.sleep))
    scenes = options.work / "scenes_held_out"
    rows: dict[str, Progress] = {}

    def report(name: str, done: int, right: int) -> None:
        progress = rows.setdefault(name, Progress(name, options.count))
        if done % _REPORT_EVERY == 0 or done == options.count:
            progress.show(done, f"{right} of {done} right")

    figures = {
        "planner": backend.planner_id,
        "machine": f"{platform.machine()} with {os.cpu_count()} cores, {options.threads} thread(s)",
        **evaluate_backend(backend, library, scenes, options.count, time.perf_counter, report=report),
    }
    text = json.dumps(figures, indent=2)
    sys.stdout.write(f"{text}\n")
    if options.json:
        options.json.write_text(f"{text}\n", encoding="utf-8")


def _publish(options: argparse.Namespace) -> None:
    figures = json.loads(options.figures.read_text(encoding="utf-8"))
    package = Path(__file__).parents[1]
    folder = publish(options.work / "checkpoint", figures, package, options.config / "planners", options.making)
    sys.stdout.write(f"{folder}\n")


def _sometimes(call: Callable[[float], None], every: int) -> Callable[[int], None]:
    return lambda done: call(done) if done % every == 0 else None


if __name__ == "__main__":
    sys.exit(main())
