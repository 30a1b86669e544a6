# SPDX-License-Identifier: Apache-2.0
"""Writes the trained planner as a checkpoint in Hugging Face format, and what it was made from. No training."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from vla_ros.training_planner.model import make_processor
from vla_ros.training_planner.trainer import Trainer

__all__ = ["export"]


def export(trainer: Trainer, folder: Path) -> None:
    """Write model (half precision: it halves the file and changes no answer that was measured) and processor."""
    folder.mkdir(parents=True, exist_ok=True)
    trainer.model.eval().to(torch.float16).save_pretrained(folder)
    make_processor(trainer.words).save_pretrained(folder)
    facts = {
        "dialect": "compact", "stage": trainer.place[0], "step": trainer.place[1], "scenes": trainer.scenes,
        "parameters": sum(parameter.numel() for parameter in trainer.model.parameters()),
    }  # fmt: skip
    (folder / "training.json").write_text(f"{json.dumps(facts, indent=2)}\n", encoding="utf-8")
