# SPDX-License-Identifier: Apache-2.0
"""The model card: what the checkpoint can do, how it was made, how it was measured. Text only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vla_sim.scene.palette import COLOURS, SHAPES
from vla_sim.tasks.language import TEMPLATES
from vla_sim.tasks.task import Skill

__all__ = ["write_card"]

HEADER = """---
license: apache-2.0
library_name: vla_ros
pipeline_tag: robotics
tags: [robotics, vision-language-action, flow-matching, imitation-learning]
---

# Default policy of vla_ros

A small vision-language-action policy for a Franka arm over a table with two bins: {parameters:.1f} million parameters,
two cameras, joints, gripper width and a sentence in; 16 tool poses at 10 Hz out, with gripper and the probability that
the task is done. Trained in simulation only, on demonstrations of scripted experts. It has not run on a real robot.

## What it understands

Colours: {colours}. Shapes: {shapes}. It knows {words} words; a sentence with any other word is refused.

| skill | for example |
|---|---|
{skills}

## How it was made

| | |
|---|---|
{making}

Repeat it with `python -m vla_ros.training all`.

## How well it works

Closed loop in simulation, lock step, {rows} rows of each chunk executed, held-out seeds from {first_seed}. This
measures the policy alone: delays, scheduler and safety filter are not in this loop. Intervals: Clopper–Pearson, 95 %.

{report}
## Limits

- The training signals (expert, chunk labels, where a phrase lies in a picture) come from the simulator's truth.
- Sentences of the trained templates only; no general language. Names are colour and shape, and name one object.
- The tool points down; the arm is a Franka. Bins move by 2 cm in training, no further.
- Asked anew at every row it can hover without committing; it ships with two rows, 0.2 s.
- Its chunks begin at full speed, which the safety filter joins late; asked twice as often, it makes up for that.
"""


def write_card(checkpoint: Path, report: str, making: dict[str, Any], *, first_seed: int, rows: int) -> Path:
    """Write ``README.md`` of a checkpoint folder.

    Args:
        checkpoint: Folder with its ``config.json`` and vocabulary.
        report: Markdown of :func:`vla_ros.training.evaluate.report`.
        making: What is told about the training beside the provenance in ``config.json``.
        first_seed: Of the evaluation.
        rows: Executed per chunk in the evaluation.
    """
    config = json.loads((checkpoint / "config.json").read_text(encoding="utf-8"))
    words = json.loads((checkpoint / "vocabulary.json").read_text(encoding="utf-8"))["words"]
    examples = [TEMPLATES[skill][0].format(object="red cube", target=_target(skill)) for skill in Skill]
    text = HEADER.format(
        parameters=(checkpoint / "model.safetensors").stat().st_size / 4e6,
        colours=", ".join(COLOURS),
        shapes=", ".join(SHAPES),
        words=len(words),
        skills="\n".join(f"| {skill.value} | {text} |" for skill, text in zip(Skill, examples, strict=True)),
        making="\n".join(f"| {name} | {value} |" for name, value in {**config["provenance"], **making}.items()),
        report=report,
        first_seed=first_seed,
        rows=rows,
    )
    path = checkpoint / "README.md"
    path.write_text(text, encoding="utf-8")
    return path


def _target(skill: Skill) -> str:
    return {Skill.PLACE_IN_BIN: "left", Skill.STACK: "blue box"}.get(skill, "green zone")
