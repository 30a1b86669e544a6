# SPDX-License-Identifier: Apache-2.0
"""Examples and pictures as tensors: tokens with labels, normalised pixels, and which patch shows what. No network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch

from vla_ros.planner.skills import SkillLibrary
from vla_ros.training_planner.language import Example
from vla_ros.training_planner.model import PATCH, image_prefix
from vla_ros.training_planner.scenes import IMAGE_SIZE, SceneFacts, Seen

__all__ = ["GRID", "Encoder", "Tokens", "patch_labels", "pixels", "recoloured"]

GRID = IMAGE_SIZE // PATCH
IGNORED = -100
_REACH = 0.75  # patches whose centre is nearer than this to a thing's centre [patches] show it


@dataclass(frozen=True, slots=True)
class Tokens:
    """A batch: ``(B, L)`` tokens, ``(B, L)`` labels (-100: no loss), ``(B, L)`` mask of what is not padding."""

    input_ids: torch.Tensor
    labels: torch.Tensor
    attention_mask: torch.Tensor


class Encoder:
    """Turns prompts and answers into tokens, exactly as the processor would."""

    def __init__(self, words: Sequence[str]) -> None:
        self._index = {word: place for place, word in enumerate(words)}
        self._prefix = image_prefix(self._index)

    def batch(self, examples: Sequence[Example], scenes: Sequence[str], *, pictures: bool) -> Tokens:
        """Return the tokens of examples. Without pictures the scene's listing is given and only the rest is learned."""
        rows = [self._row(example, scene, pictures) for example, scene in zip(examples, scenes, strict=True)]
        longest = max(len(ids) for ids, _ in rows)
        ids = torch.zeros(len(rows), longest, dtype=torch.long)
        labels = torch.full((len(rows), longest), IGNORED)
        mask = torch.zeros(len(rows), longest, dtype=torch.long)
        for index, (row, learned_from) in enumerate(rows):
            ids[index, : len(row)] = torch.tensor(row)
            labels[index, learned_from : len(row)] = ids[index, learned_from : len(row)]
            mask[index, : len(row)] = 1
        return Tokens(ids, labels, mask)

    def _row(self, example: Example, scene: str, pictures: bool) -> tuple[list[int], int]:  # noqa: FBT001
        prompt = [*(self._prefix if pictures else ()), *self._ids(example.prompt), self._index["<sep>"]]
        listing = self._ids(scene)
        answer = [*self._ids(example.answer), self._index["<eos>"]]
        return [*prompt, *listing, *answer], len(prompt) + (0 if pictures else len(listing))

    def _ids(self, text: str) -> list[int]:
        unknown = self._index["<unk>"]
        return [self._index.get(word, unknown) for word in text.split()]


def pixels(images: npt.NDArray[np.uint8], rng: np.random.Generator | None = None) -> torch.Tensor:
    """Return ``(B, 1, 3, H, W)`` in -1..1 of ``images (B, H, W, 3)``, brightness varied where ``rng`` is given."""
    values = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 127.5 - 1.0
    if rng is not None:
        gain = torch.from_numpy(rng.uniform(0.85, 1.15, (len(images), 3, 1, 1))).float()
        shared = torch.from_numpy(rng.uniform(0.8, 1.15, (len(images), 1, 1, 1))).float()
        values = ((values + 1.0) * (0.9 + 0.1 * gain) * shared - 1.0).clamp(-1.0, 1.0)
    return values[:, None]


def patch_labels(facts: Sequence[SceneFacts], library: SkillLibrary) -> tuple[torch.Tensor, torch.Tensor]:
    """Return colour and kind ``(B, GRID²)`` that each patch shows; the last class of each is nothing."""
    colours, kinds = list(library.colours), [*library.shapes, "zone"]
    colour = torch.full((len(facts), GRID, GRID), len(colours))
    kind = torch.full((len(facts), GRID, GRID), len(kinds))
    centres = np.stack(np.meshgrid(np.arange(GRID) + 0.5, np.arange(GRID) + 0.5), axis=-1)
    for index, scene in enumerate(facts):
        for seen in (*scene.zones, *scene.things):  # things lie on zones
            word, noun = seen.label.split()
            near = torch.from_numpy(np.abs(centres - np.array([seen.u, seen.v]) * GRID).max(axis=-1) < _REACH)
            colour[index][near] = colours.index(word)
            kind[index][near] = kinds.index(noun)
    return colour.flatten(1), kind.flatten(1)


def recoloured(facts: SceneFacts, library: SkillLibrary, rng: np.random.Generator) -> SceneFacts:
    """Return the same scene in other colours: language is learned from more scenes than were drawn."""
    order = rng.permutation(len(library.colours))
    mapping = {colour: library.colours[int(order[index])] for index, colour in enumerate(library.colours)}

    def name(label: str) -> str:
        word, space, noun = label.partition(" ")
        return f"{mapping.get(word, word)}{space}{noun}"

    def change(seen: Seen) -> Seen:
        return replace(seen, label=name(seen.label), place=name(seen.place))

    return SceneFacts(tuple(map(change, facts.things)), tuple(map(change, facts.zones)))
