# SPDX-License-Identifier: Apache-2.0
"""Planner: exact plans, refusals and verdicts on scenes and words that training never saw, and the time of an answer.

Measures the planner that the launch file starts by default; a second one beside it where ``default.yaml`` exists
(its keys then have the prefix ``grammar_``). Scenes are drawn anew from a seed of their own, so that nothing is stored.
"""

import tempfile
import time
from pathlib import Path

from vla_ros.planner.loading import load_backend
from vla_ros.planner.openai import Timing
from vla_ros.training_planner.evaluation import evaluate_backend
from vla_ros.training_planner.scenes import draw_scenes

CONFIG = Path(__file__).resolve().parents[1] / "config"
SEED = 9077  # training draws its scenes from other seeds


def run(quick: bool) -> dict[str, float]:  # noqa: FBT001 (the benchmarks' interface)
    """Measure 60 (quick) or 500 examples of each kind."""
    scenes, examples = (60, 60) if quick else (500, 500)
    default, grammar = CONFIG / "planners" / "default.yaml", CONFIG / "planners" / "grammar.yaml"
    with tempfile.TemporaryDirectory() as folder:
        for _ in draw_scenes(Path(folder), CONFIG / "scenes", scenes, SEED, lambda done: None):
            pass
        if not default.is_file():
            return _measure(grammar, Path(folder), examples)
        beside = {f"grammar_{key}": value for key, value in _measure(grammar, Path(folder), examples).items()}
        return {**_measure(default, Path(folder), examples), **beside}


def _measure(planner: Path, scenes: Path, examples: int) -> dict[str, float]:
    backend, library = load_backend(planner, Timing(time.monotonic_ns, time.sleep))
    measured = evaluate_backend(backend, library, scenes, examples, time.perf_counter)
    return {
        "plan_p50_s": measured["answer_p50_s"],
        "plan_accuracy": measured["combinations_accuracy"],
        "paraphrase_accuracy": measured["paraphrases_accuracy"],
        "scene_accuracy": measured["scene_accuracy"],
        "check_accuracy": measured["check_accuracy"],
        "refusal_rate": measured["refusal_accuracy"],
        "unsure_rate": measured["unsure_accuracy"],
    }
