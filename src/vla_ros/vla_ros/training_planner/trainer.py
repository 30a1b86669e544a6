# SPDX-License-Identifier: Apache-2.0
"""Trains the default planner in three stages, resumable at any step. No command line, no clock, no evaluation.

1. ``language``: projector and Llama learn to list what a scene holds from what a perfect vision tower would say of it
   (``CellCode``), and to answer out of such lists, in ever other colours. No picture is needed.
2. ``vision``: the tower alone learns to say that of pictures. Without this signal, grounding stays at chance for hours.
3. ``joint``: projector and Llama go on with what the tower really says. The tower rests: its tokens are made once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from vla_ros.planner.compact import look_prompt
from vla_ros.planner.skills import SkillLibrary
from vla_ros.training_planner.encoding import CellCode, Encoder, mirrored, pixels, recoloured, seen_in_region
from vla_ros.training_planner.language import Drawer, Kind
from vla_ros.training_planner.losses import answer_loss, code_loss
from vla_ros.training_planner.model import make_model, make_words
from vla_ros.training_planner.optimisers import Optimisers
from vla_ros.training_planner.phrases import scene_words
from vla_ros.training_planner.scenes import SceneFacts, load_facts, load_images

__all__ = ["STAGES", "Schedule", "Trainer"]

_MIX = ((Kind.WORDS, 0.18), (Kind.SCENE, 0.40), (Kind.CHECK, 0.22), (Kind.REFUSE, 0.12), (Kind.UNSURE, 0.08))
STAGES = ("language", "vision", "joint")
_CODE_NOISE = 0.1  # standard deviation: a real tower is not sure either


@dataclass(frozen=True, slots=True)
class Schedule:
    """Steps, batch sizes and learning rates of the stages."""

    language_steps: int = 4000
    vision_steps: int = 8500
    joint_steps: int = 1150
    language_batch: int = 48
    look_batch: int = 12
    picture_batch: int = 32
    language_rate: float = 3e-3
    vision_rate: float = 2e-3
    joint_rate: float = 2e-3
    save_every: int = 100

    def steps(self, stage: str) -> int:
        """Return the steps of a stage."""
        return {"language": self.language_steps, "vision": self.vision_steps, "joint": self.joint_steps}[stage]

    def rate(self, stage: str, step: int) -> float:
        """Return the learning rate: a short warm-up, then half a cosine."""
        peak = {"language": self.language_rate, "vision": self.vision_rate, "joint": self.joint_rate}[stage]
        share = step / self.steps(stage)
        return peak * min(1.0, (step + 1) / 50) * (0.02 + 0.98 * 0.5 * (1.0 + float(np.cos(np.pi * share))))


@dataclass
class _Scenes:
    """What is learned from: facts, pictures ``(N, H, W, 3)``, and what the resting tower makes of them once asked."""

    facts: list[SceneFacts]
    images: npt.NDArray[np.uint8]
    tokens: torch.Tensor | None = None  # (N, GRID², D), half precision

    def some(self, count: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
        """Return the numbers of some scenes, in the order of the file."""
        return np.sort(rng.integers(len(self.facts), size=count))


class Trainer:
    """Holds network, heads, optimisers and place in the schedule; ``run`` goes on from there."""

    def __init__(self, scenes: Path, library: SkillLibrary, schedule: Schedule, state: Path, seed: int = 0) -> None:
        """Read the scenes; go on from ``state`` where that file exists."""
        torch.manual_seed(seed)
        self.words = make_words(library)
        self.model = make_model(len(self.words))
        self._code = CellCode(library)
        self._library, self._schedule, self._state = library, schedule, state
        self._scenes = _Scenes([seen_in_region(facts) for facts in load_facts(scenes)], load_images(scenes))
        self._encoder = Encoder(self.words)
        self._rng = np.random.default_rng(seed)
        self._place = ("language", 0)
        self._optimisers = self._new_optimisers()
        if state.exists():
            self._load()

    @property
    def place(self) -> tuple[str, int]:
        """Stage and steps done in it."""
        return self._place

    @property
    def scenes(self) -> int:
        """How many scenes there are."""
        return len(self._scenes.facts)

    def run(self, report: Callable[[str, int, int, float], None], last: str = STAGES[-1]) -> None:
        """Train to the end of the stage ``last``; ``report`` gets stage, step, steps of the stage and loss."""
        losses = {"language": self._language_loss, "vision": self._vision_loss, "joint": self._joint_loss}
        self.model.train()
        while True:
            stage, step = self._place
            if step >= self._schedule.steps(stage):
                if stage == last:
                    break
                self._place = (STAGES[STAGES.index(stage) + 1], 0)
                self._optimisers = self._new_optimisers()
                continue
            loss = self._optimisers.step(losses[stage](), self._schedule.rate(stage, step))
            self._place = (stage, step + 1)
            report(stage, step + 1, self._schedule.steps(stage), loss)
            if (step + 1) % self._schedule.save_every == 0:
                self.save()
        self.save()

    def begin_again(self) -> None:
        """Go through all stages once more, from the weights as they are."""
        self._place = (STAGES[0], 0)
        self._optimisers = self._new_optimisers()
        self.save()

    def save(self) -> None:
        """Write everything that is needed to go on."""
        partial = self._state.with_suffix(".partial")
        torch.save(
            {
                "model": self.model.state_dict(), "optimisers": self._optimisers.state(), "place": self._place,
                "rng": self._rng.bit_generator.state, "torch_rng": torch.get_rng_state(),
            },
            partial,
        )  # fmt: skip
        partial.rename(self._state)

    def _load(self) -> None:
        state = torch.load(self._state, weights_only=True)
        self.model.load_state_dict(state["model"])
        self._place = tuple(state["place"])
        self._optimisers = self._new_optimisers()
        self._optimisers.load(state["optimisers"])
        self._rng.bit_generator.state = state["rng"]
        torch.set_rng_state(state["torch_rng"])

    def _new_optimisers(self) -> Optimisers:
        network = self.model.model
        readers = [network.language_model, self.model.lm_head, network.multi_modal_projector]
        return Optimisers([network.vision_tower] if self._place[0] == "vision" else readers)

    def _language_loss(self) -> torch.Tensor:
        """Return the loss of answers about listings, and of listings of what a perfect tower would say."""
        scenes = [
            recoloured(self._scenes.facts[i], self._library, self._rng)
            for i in self._scenes.some(self._schedule.look_batch, self._rng)
        ]
        code, _ = self._code.of(scenes)
        seen = torch.zeros(*code.shape[:2], self.model.config.vision_config.hidden_size)
        seen[..., : self._code.width] = code + _CODE_NOISE * torch.randn(code.shape)
        return self._words_loss(self._schedule.language_batch) + self._look_loss(scenes, seen)

    def _vision_loss(self) -> torch.Tensor:
        index = self._scenes.some(self._schedule.picture_batch, self._rng)
        images, facts = [self._scenes.images[i] for i in index], [self._scenes.facts[i] for i in index]
        for place in np.flatnonzero(self._rng.uniform(size=len(index)) < 0.5):
            images[place], facts[place] = images[place][:, ::-1], mirrored(facts[place])
        tokens = self._see(pixels(images, self._rng))
        return code_loss(tokens, *self._code.of(facts))

    def _joint_loss(self) -> torch.Tensor:
        index = self._scenes.some(2 * self._schedule.look_batch, self._rng)
        seen = self._all_tokens()[index].float()
        look = self._look_loss([self._scenes.facts[i] for i in index], seen)
        return self._words_loss(self._schedule.language_batch) + look

    def _look_loss(self, scenes: list[SceneFacts], seen: torch.Tensor) -> torch.Tensor:
        pairs = [(look_prompt(), scene_words(facts)) for facts in scenes]
        return answer_loss(self.model, self._encoder.batch(pairs, pictures=True), seen)

    def _words_loss(self, count: int) -> torch.Tensor:
        pairs: list[tuple[str, str]] = []
        shares = [share for _, share in _MIX]
        drawer = Drawer(self._library, self._rng)
        while len(pairs) < count:
            facts = recoloured(
                self._scenes.facts[int(self._rng.integers(len(self._scenes.facts)))], self._library, self._rng
            )
            example = drawer.draw(facts, _MIX[int(self._rng.choice(len(_MIX), p=shares))][0])
            if example is not None:
                pairs.append((f"{scene_words(facts)} | {example.prompt}".strip(), example.answer))
        return answer_loss(self.model, self._encoder.batch(pairs))

    def _see(self, images: torch.Tensor) -> torch.Tensor:
        """Return the tokens ``(B, GRID², D)`` of the vision tower; it runs in half precision, at twice the speed."""
        with torch.autocast("cpu", torch.bfloat16):
            tokens = self.model.model.vision_tower(pixel_values=images).last_hidden_state
        return tokens.float()

    def _all_tokens(self) -> torch.Tensor:
        """Return the tower's tokens ``(N, GRID², D)`` of all pictures; made when they are first asked for."""
        scenes = self._scenes
        if scenes.tokens is None:
            tower, size = self.model.model.vision_tower.eval(), self._schedule.picture_batch
            with torch.inference_mode():
                parts = [
                    self._see(pixels(list(scenes.images[start : start + size]))).half()
                    for start in range(0, len(scenes.images), size)
                ]
            scenes.tokens = torch.cat(parts).clone()
            tower.train()
        return scenes.tokens
