# SPDX-License-Identifier: Apache-2.0
"""Examples and pictures as tensors: tokens with labels and weights, normalised pixels, what cells show. No network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from vla_ros.planner.compact.dialect import PLACES
from vla_ros.planner.local.region import Region
from vla_ros.planner.skills import SkillLibrary
from vla_ros.training_planner.model import GRID, SIZE, image_prefix
from vla_ros.training_planner.phrases import place_word
from vla_ros.training_planner.scenes import SceneFacts, Seen

__all__ = ["REGION", "CellCode", "Encoder", "Tokens", "mirrored", "pixels", "recoloured", "seen_in_region"]

REGION = Region(top=80 / 224, bottom=192 / 224)  # the table as the contract's scene camera sees it
IGNORED = -100
_BESIDE = 0.62  # cells whose middle is nearer than this to a thing in another cell may say either [cells]
_PLACE_WEIGHT = 0.3  # columns and rows cannot be told from a picture to the cell: they must not outweigh the names


@dataclass(frozen=True, slots=True)
class Tokens:
    """A batch: ``(B, L)`` tokens, labels (-100: no loss), weights of the labels, and a mask of what is not padding."""

    input_ids: torch.Tensor
    labels: torch.Tensor
    weights: torch.Tensor
    attention_mask: torch.Tensor


class Encoder:
    """Turns prompts and answers into tokens, exactly as the processor would."""

    def __init__(self, words: Sequence[str]) -> None:
        self._index = {word: place for place, word in enumerate(words)}
        self._prefix = image_prefix(self._index)
        grid = [word[:1] in "xy" and word[1:].isdigit() for word in words]
        self._weights = torch.where(torch.tensor(grid), _PLACE_WEIGHT, 1.0)

    def batch(self, pairs: Sequence[tuple[str, str]], *, pictures: bool = False) -> Tokens:
        """Return the tokens of prompts and answers, after a picture each where ``pictures``. Answers are learned."""
        rows = [self._row(prompt, answer, self._prefix if pictures else []) for prompt, answer in pairs]
        longest = max(len(ids) for ids, _ in rows)
        ids = torch.zeros(len(rows), longest, dtype=torch.long)
        labels = torch.full((len(rows), longest), IGNORED)
        mask = torch.zeros(len(rows), longest, dtype=torch.long)
        for index, (row, learned_from) in enumerate(rows):
            ids[index, : len(row)] = torch.tensor(row)
            labels[index, learned_from : len(row)] = ids[index, learned_from : len(row)]
            mask[index, : len(row)] = 1
        weights = self._weights[ids] if pictures else torch.ones(ids.shape)
        return Tokens(ids, labels, weights, mask)

    def _row(self, prompt: str, answer: str, prefix: list[int]) -> tuple[list[int], int]:
        asked = [*prefix, *self._ids(prompt), self._index["<sep>"]]
        return [*asked, *self._ids(answer), self._index["<eos>"]], len(asked)

    def _ids(self, text: str) -> list[int]:
        unknown = self._index["<unk>"]
        return [self._index.get(word, unknown) for word in text.split()]


def pixels(images: Sequence[npt.NDArray[np.uint8]], rng: np.random.Generator | None = None) -> torch.Tensor:
    """Return ``(B, 3, SIZE, SIZE)`` of whole pictures ``(H, W, 3)``, as the processor makes them of their region.

    Brightness and tint vary where ``rng`` is given.
    """
    cuts = [Image.fromarray(np.ascontiguousarray(REGION.cut(image))) for image in images]
    parts = [np.asarray(cut.resize((SIZE, SIZE), Image.Resampling.BICUBIC)) for cut in cuts]
    values = torch.from_numpy(np.stack(parts)).permute(0, 3, 1, 2).float() / 255.0
    if rng is not None:
        tint = torch.from_numpy(rng.uniform(0.97, 1.03, (len(parts), 3, 1, 1))).float()
        brightness = torch.from_numpy(rng.uniform(0.8, 1.2, (len(parts), 1, 1, 1))).float()
        values = (values * tint * brightness).clamp(0.0, 1.0)
    return (values - 0.5) / 0.25


def seen_in_region(facts: SceneFacts) -> SceneFacts:
    """Return the same scene as it appears in the region that the model is shown."""

    def change(seen: Seen) -> Seen:
        u, v = REGION.inward(seen.u, seen.v)
        return replace(seen, u=u, v=v)

    return SceneFacts(tuple(map(change, facts.things)), tuple(map(change, facts.zones)))


def mirrored(facts: SceneFacts) -> SceneFacts:
    """Return the scene of the mirrored picture: what was in the left bin is in the right one."""
    swapped = {"left bin": "right bin", "right bin": "left bin"}

    def change(seen: Seen) -> Seen:
        return replace(seen, u=1.0 - seen.u, place=swapped.get(seen.place, seen.place))

    return SceneFacts(tuple(map(change, facts.things)), tuple(map(change, facts.zones)))


class CellCode:
    """What every cell of a picture shows as numbers: the first channels of the vision tower's tokens.

    Per cell: one-hot colour, shape and place of the thing whose middle it holds, where in the cell that is (row and
    column, 0..1), one-hot colour of the zone whose middle it holds, and where that is. All 0: nothing.
    """

    def __init__(self, library: SkillLibrary) -> None:
        self._library = library
        self._zone = len(library.colours) + len(library.shapes) + len(PLACES) + 2
        self.width = self._zone + len(library.colours) + 2

    def of(self, facts: Sequence[SceneFacts]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return codes ``(B, GRID², width)`` of scenes as they appear in the region, and what of them counts (0 or 1).

        What is mostly hidden, and cells that a middle nearly is in, count neither way.
        """
        codes = np.zeros((len(facts), GRID, GRID, self.width), np.float32)
        counts = np.ones_like(codes)
        for code, count, scene in zip(codes, counts, facts, strict=True):
            for zone in scene.zones:
                self._mark(code[..., self._zone :], count[..., self._zone :], zone)
            for thing in scene.things:
                self._mark(code[..., : self._zone], count[..., : self._zone], thing)
        return (torch.from_numpy(item).flatten(1, 2) for item in (codes, counts))  # type: ignore[return-value]

    def _mark(self, code: npt.NDArray[np.float32], count: npt.NDArray[np.float32], seen: Seen) -> None:
        if not (0.0 <= seen.u < 1.0 and 0.0 <= seen.v < 1.0):
            return
        row, column = seen.v * GRID, seen.u * GRID
        middles = np.arange(GRID) + 0.5
        near = np.maximum(np.abs(middles - row)[:, None], np.abs(middles - column)[None]) < _BESIDE
        count[near & ~code.any(axis=-1)] = 0.0
        cell = (int(row), int(column))
        count[cell] = float(seen.is_visible)
        code[cell] = self._numbers(seen, row - cell[0], column - cell[1])

    def _numbers(self, seen: Seen, row: float, column: float) -> list[float]:
        library = self._library
        colour, noun = seen.label.split()
        groups: list[tuple[Sequence[str], str]] = [(library.colours, colour)]
        if noun != "zone":
            groups += [(library.shapes, noun), (PLACES, place_word(seen))]
        return [*(float(item == word) for words, word in groups for item in words), row, column]


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
