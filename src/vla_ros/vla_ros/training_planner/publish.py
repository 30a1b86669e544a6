# SPDX-License-Identifier: Apache-2.0
"""Puts an exported and measured planner where the product finds it: checkpoint, model card, planner's file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vla_ros.errors import ConfigError
from vla_ros.training_planner.encoding import REGION

__all__ = ["BARS", "NAME", "model_card", "publish"]

NAME = "default_planner"
# What the default planner has to reach, and what the figure means.
BARS: dict[str, tuple[float, str]] = {
    "combinations_accuracy": (0.95, "exact plans, combinations of words that training never had, 1 to 3 clauses"),
    "paraphrases_accuracy": (0.85, "exact plans, sentences that training never had"),
    "scene_accuracy": (0.80, "exact plans where the scene decides ('the leftmost cube')"),
    "check_accuracy": (0.95, "right verdicts on whether something is done"),
    "refusal_accuracy": (
        0.95,
        "refusals of nonsense, forbidden and absent things, in sentences never trained",
    ),
    "unsure_accuracy": (0.95, "refusals of words that fit several things"),
}
_CARD = """---
license: apache-2.0
pipeline_tag: image-text-to-text
---

# {name}

The planner (System 2) that ships with vla_ros: a LLaVA of {parameters:.1f} million parameters (LeViT, projector,
Llama) that lists what it sees on the table, then answers out of that list: a plan, a verdict, or a refusal. It loads
like every other model of its kind (`AutoModelForImageTextToText`, `AutoProcessor`) and speaks the compact dialect of
`vla_ros/planner/compact/dialect.py`.

Made by `python -m vla_ros.training_planner` on {scenes} drawn scenes of the simulation, on one thread of a CPU.
{making}It knows the things, colours, bins, zones and skills of `config/planners/skills.yaml` and the contract's scene
camera, in simulation. It has not seen a real camera.

## Measured

{count} examples a row, on scenes, word combinations and sentences that training never had (`python -m
vla_ros.training_planner evaluate`).

| what | share | wanted |
|---|---|---|
{rows}

Median time of an answer: {seconds:.2f} s (two questions to the model; the machine was {machine}).
"""
_FILE = """# SPDX-License-Identifier: Apache-2.0
# The checkpoint that ships with vla_ros: it looks first, then answers. What it can do stands in its model card.
backend: transformers
skills: skills.yaml
folder: {name}
dialect: compact
region: [0.0, {top:.4f}, 1.0, {bottom:.4f}]  # the table as the contract's scene camera sees it
max_tokens: 160
sure: 0.6  # below it says unsure instead of guessing
"""


def model_card(figures: Mapping[str, Any], parameters: int, scenes: int, making: str = "") -> str:
    """Return the model card; ``making`` says in whole sentences how the weights came about.

    Raises:
        ConfigError: a figure is missing.
    """
    missing = [key for key in (*BARS, "answer_p50_s") if key not in figures]
    if missing:
        raise ConfigError(f"the figures lack '{missing[0]}': evaluate the checkpoint first")
    rows = "\n".join(f"| {text} | {figures[key]:.1%} | {bar:.0%} |" for key, (bar, text) in BARS.items())
    return _CARD.format(
        name=NAME, parameters=parameters / 1e6, scenes=scenes, rows=rows, seconds=figures["answer_p50_s"],
        count=figures.get("combinations_count", 0), machine=figures.get("machine", "not noted"),
        making=f"{making} " if making else "",
    )  # fmt: skip


def publish(checkpoint: Path, figures: Mapping[str, Any], package: Path, planners: Path, making: str = "") -> Path:
    """Copy ``checkpoint`` below ``package/checkpoints`` with its card, write the planner's file, and return the folder.

    Raises:
        ConfigError: there is no checkpoint, or a figure is missing.
    """
    facts_file = checkpoint / "training.json"
    if not facts_file.is_file():
        raise ConfigError(f"'{checkpoint}' holds no exported planner")
    facts = json.loads(facts_file.read_text(encoding="utf-8"))
    card = model_card(figures, facts["parameters"], facts["scenes"], making)
    folder = package / "checkpoints" / NAME
    shutil.copytree(checkpoint, folder, dirs_exist_ok=True)
    (folder / "README.md").write_text(card, encoding="utf-8")
    (folder / "figures.json").write_text(f"{json.dumps(dict(figures), indent=2)}\n", encoding="utf-8")
    text = _FILE.format(name=NAME, top=REGION.top, bottom=REGION.bottom)
    (planners / "default.yaml").write_text(text, encoding="utf-8")
    return folder
