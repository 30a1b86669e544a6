# SPDX-License-Identifier: Apache-2.0
"""Trains the default planner in three stages, resumable at any step. No command line, no clock, no evaluation.

1. ``language``: the small Llama alone reads the scene's listing as text and learns what follows from it.
2. ``vision``: the vision tower alone learns which patch shows what (a linear head, dropped at the end). Without this
   signal, grounding stays at chance for hours.
3. ``joint``: both, from the picture: first the listing, then the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from vla_ros.planner.skills import SkillLibrary
from vla_ros.training_planner.encoding import Encoder, Tokens, patch_labels, pixels, recoloured
from vla_ros.training_planner.language import Drawer, Example, Kind, scene_words
from vla_ros.training_planner.model import make_model, make_words
from vla_ros.training_planner.scenes import SceneFacts, load_facts, load_images

__all__ = ["Schedule", "Trainer"]

_MIX = ((Kind.WORDS, 0.30), (Kind.SCENE, 0.32), (Kind.CHECK, 0.18), (Kind.REFUSE, 0.12), (Kind.UNSURE, 0.08))
_STAGES = ("language", "vision", "joint")
_NOTHING_WEIGHT = 0.1  # nineteen of twenty patches show nothing


@dataclass(frozen=True, slots=True)
class Schedule:
    """Steps, batch sizes and learning rates of the stages."""

    language_steps: int = 1500
    vision_steps: int = 2500
    joint_steps: int = 4000
    language_batch: int = 64
    picture_batch: int = 32
    language_rate: float = 1e-3
    vision_rate: float = 8e-4
    joint_rate: float = 5e-4
    save_every: int = 100

    def steps(self, stage: str) -> int:
        """Return the steps of a stage."""
        return {"language": self.language_steps, "vision": self.vision_steps, "joint": self.joint_steps}[stage]

    def rate(self, stage: str, step: int) -> float:
        """Return the learning rate: a short warm-up, then half a cosine."""
        peak = {"language": self.language_rate, "vision": self.vision_rate, "joint": self.joint_rate}[stage]
        share = step / self.steps(stage)
        return peak * min(1.0, (step + 1) / 100) * (0.02 + 0.98 * 0.5 * (1.0 + float(np.cos(np.pi * share))))


class Trainer:
    """Holds network, heads, optimiser and place in the schedule; ``run`` goes on from there."""

    def __init__(self, scenes: Path, library: SkillLibrary, schedule: Schedule, state: Path, seed: int = 0) -> None:
        """Read the scenes; go on from ``state`` where that file exists."""
        torch.manual_seed(seed)
        self.words = make_words(library)
        self.model = make_model(len(self.words))
        width = self.model.config.vision_config.hidden_size
        self._heads = nn.Linear(width, len(library.colours) + 1 + len(library.shapes) + 2)
        self._library, self._schedule, self._state = library, schedule, state
        self._facts, self._images = load_facts(scenes), load_images(scenes)
        self._encoder = Encoder(self.words)
        self._rng = np.random.default_rng(seed)
        self._place = ("language", 0)
        self._optimiser = self._new_optimiser()
        if state.exists():
            self._load()

    @property
    def place(self) -> tuple[str, int]:
        """Stage and steps done in it."""
        return self._place

    def run(self, report: Callable[[str, int, int, float], None]) -> None:
        """Train to the end of the schedule; ``report`` gets stage, step, steps of the stage and loss."""
        losses = {"language": self._language_loss, "vision": self._vision_loss, "joint": self._joint_loss}
        self.model.train()
        while True:
            stage, step = self._place
            if step >= self._schedule.steps(stage):
                if stage == _STAGES[-1]:
                    break
                self._place = (_STAGES[_STAGES.index(stage) + 1], 0)
                self._optimiser = self._new_optimiser()
                continue
            loss = self._step(losses[stage](), self._schedule.rate(stage, step))
            self._place = (stage, step + 1)
            report(stage, step + 1, self._schedule.steps(stage), loss)
            if (step + 1) % self._schedule.save_every == 0:
                self.save()
        self.save()

    def save(self) -> None:
        """Write everything that is needed to go on."""
        partial = self._state.with_suffix(".partial")
        torch.save(
            {
                "model": self.model.state_dict(), "heads": self._heads.state_dict(), "place": self._place,
                "optimiser": self._optimiser.state_dict(), "rng": self._rng.bit_generator.state,
            },
            partial,
        )  # fmt: skip
        partial.rename(self._state)

    def _load(self) -> None:
        state = torch.load(self._state, weights_only=True)
        self.model.load_state_dict(state["model"])
        self._heads.load_state_dict(state["heads"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._place = tuple(state["place"])
        self._rng.bit_generator.state = state["rng"]

    def _new_optimiser(self) -> torch.optim.Optimizer:
        parameters = [*self.model.parameters(), *self._heads.parameters()]
        return torch.optim.AdamW(parameters, lr=1e-3, betas=(0.9, 0.95), weight_decay=0.02)

    def _step(self, loss: torch.Tensor, rate: float) -> float:
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimiser.step()
        return float(loss.detach())

    def _language_loss(self) -> torch.Tensor:
        examples: list[Example] = []
        scenes: list[str] = []
        while len(examples) < self._schedule.language_batch:
            facts = self._facts[int(self._rng.integers(len(self._facts)))]
            facts = recoloured(facts, self._library, self._rng)
            example = self._draw(facts)
            if example is not None:
                examples.append(example)
                scenes.append(scene_words(facts))
        tokens = self._encoder.batch(examples, scenes, pictures=False)
        return self._answer_loss(tokens, None)

    def _vision_loss(self) -> torch.Tensor:
        index = self._rng.integers(len(self._facts), size=self._schedule.picture_batch)
        features = self._see(pixels(self._images[np.sort(index)], self._rng))
        return self._patch_loss(features, [self._facts[i] for i in np.sort(index)])

    def _joint_loss(self) -> torch.Tensor:
        chosen: list[tuple[int, Example]] = []
        while len(chosen) < self._schedule.picture_batch:
            index = int(self._rng.integers(len(self._facts)))
            example = self._draw(self._facts[index])
            if example is not None:
                chosen.append((index, example))
        indices = [index for index, _ in chosen]
        facts = [self._facts[index] for index in indices]
        tokens = self._encoder.batch([e for _, e in chosen], [scene_words(item) for item in facts], pictures=True)
        images = pixels(np.stack([self._images[index] for index in indices]), self._rng)
        features = self._see(images)
        connected = self.model.model.connector(features)
        return self._answer_loss(tokens, connected) + 0.3 * self._patch_loss(features, facts)

    def _see(self, images: torch.Tensor) -> torch.Tensor:
        """Return the features ``(B, GRID², D)`` of the vision tower."""
        return self.model.model.vision_model(pixel_values=images[:, 0]).last_hidden_state

    def _answer_loss(self, tokens: Tokens, image_features: torch.Tensor | None) -> torch.Tensor:
        network = self.model.model
        embedded = network.text_model.get_input_embeddings()(tokens.input_ids)
        if image_features is not None:
            shown = (tokens.input_ids == self.model.config.image_token_id)[..., None].expand_as(embedded)
            embedded = embedded.masked_scatter(shown, image_features.reshape(-1, embedded.shape[-1]))
        hidden = network.text_model(inputs_embeds=embedded, attention_mask=tokens.attention_mask).last_hidden_state
        learned = tokens.labels[:, 1:] != -100
        return functional.cross_entropy(self.model.lm_head(hidden[:, :-1][learned]), tokens.labels[:, 1:][learned])

    def _patch_loss(self, features: torch.Tensor, facts: Sequence[SceneFacts]) -> torch.Tensor:
        colours = len(self._library.colours) + 1
        scores = self._heads(features)
        losses = []
        labels = patch_labels(facts, self._library)
        for part, label in zip((scores[..., :colours], scores[..., colours:]), labels, strict=True):
            weight = torch.ones(part.shape[-1])
            weight[-1] = _NOTHING_WEIGHT
            losses.append(functional.cross_entropy(part.flatten(0, 1), label.flatten(), weight=weight))
        return losses[0] + losses[1]

    def _draw(self, facts: SceneFacts) -> Any:
        shares = [share for _, share in _MIX]
        return Drawer(self._library, self._rng).draw(facts, _MIX[int(self._rng.choice(len(_MIX), p=shares))][0])
