# SPDX-License-Identifier: Apache-2.0
"""Finds the noun phrases of a sentence and names what they mean. No verbs, no order of clauses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from vla_ros.planner.grammar.patterns import (
    ARTICLES,
    BIN_NOUNS,
    COLOUR_WORDS,
    GENERIC_NOUNS,
    SCENE_WORDS,
    SHAPE_WORDS,
    ZONE_NOUNS,
)
from vla_ros.planner.skills import SkillLibrary
from vla_ros.tasks import ErrorCode, Refusal

__all__ = ["Nouns", "Skeleton"]

_BIN_AFTER = re.compile(r"^(?:on|to|at) (?:the|your) (left|right)(?: hand)?(?: side)?\b")
_WITH_RELATION = frozenset(
    {"next", "beside", "near", "closest", "between", "behind", "below", "under", "left", "right"}
)


@dataclass
class Skeleton:
    """A sentence whose noun phrases are replaced by ``o1``, ``b2``, ``z3``, and what each of them stands for."""

    words: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The sentence with replaced noun phrases."""
        return " ".join(self.words)

    def add(self, kind: str, label: str) -> None:
        """Append a noun phrase: ``o`` a thing, ``b`` a bin, ``z`` a zone."""
        key = f"{kind}{len(self.labels) + 1}"
        self.labels[key] = label
        self.words.append(key)


class Nouns:
    """Reads noun phrases made of the library's colours, shapes and bins."""

    def __init__(self, library: SkillLibrary) -> None:
        self._library = library
        self._colours = {**{c: c for c in library.colours}, **COLOUR_WORDS}
        self._shapes = {**{s: s for s in library.shapes}, **SHAPE_WORDS}

    def replace(self, words: list[str]) -> Skeleton:
        """Return the skeleton of a sentence.

        Raises:
            Refusal: a noun phrase cannot be resolved without seeing the scene, or names a colour without a shape.
        """
        skeleton, index, last_shape = Skeleton(), 0, ""
        while index < len(words):
            used = self._phrase(words, index, last_shape, skeleton)
            last_shape = self._last_shape(skeleton, last_shape) if used else last_shape
            if not used:
                skeleton.words.append(words[index])
            index += used or 1
        return skeleton

    @staticmethod
    def _last_shape(skeleton: Skeleton, before: str) -> str:
        key = skeleton.words[-1]
        return skeleton.labels[key].partition(" ")[2] if key.startswith("o") else before

    def _phrase(self, words: list[str], start: int, last_shape: str, skeleton: Skeleton) -> int:
        """Read one noun phrase at ``start``; return how many words it takes, 0 where there is none."""
        index = start + (words[start] in ARTICLES)
        described = [word for word in words[index : index + 4] if word in SCENE_WORDS]
        side = words[index] if index < len(words) and words[index] in self._library.bins else ""
        if side:
            noun = index + 1 + (index + 1 < len(words) and words[index + 1] in ("hand", "side", "hand-side"))
            if noun < len(words) and words[noun] in BIN_NOUNS:
                skeleton.add("b", side)
                return noun + 1 - start
        if index < len(words) and words[index] in BIN_NOUNS:
            after = _BIN_AFTER.match(" ".join(words[index + 1 :]))
            if after and words[index] != "box":
                skeleton.add("b", after.group(1))
                return index + 1 + len(after.group(0).split()) - start
        if index < len(words) and words[index] in self._colours:
            return self._coloured(words, start, index, last_shape, skeleton)
        self._refuse_unresolved(words, start, index, bool(described))
        return 0

    def _coloured(self, words: list[str], start: int, index: int, last_shape: str, skeleton: Skeleton) -> int:
        colour, after = self._colours[words[index]], index + 1
        noun = words[after] if after < len(words) else ""
        phrase = " ".join(words[start : after + 1])
        shape = last_shape if noun in ("one", "ones") else self._shapes.get(noun, "")
        if noun in ZONE_NOUNS or shape:
            skeleton.add("z" if noun in ZONE_NOUNS else "o", f"{colour} {'zone' if noun in ZONE_NOUNS else shape}")
            return after + 1 - start
        if noun in GENERIC_NOUNS or noun in BIN_NOUNS:
            raise _unseen(phrase)
        raise Refusal(
            ErrorCode.NOT_UNDERSTOOD,
            f"I know no '{phrase}'. Things are {', '.join(self._library.shapes)}; places are zones and "
            f"{', '.join(self._library.bins)} bin.",
        )

    def _refuse_unresolved(self, words: list[str], start: int, index: int, described: bool) -> None:  # noqa: FBT001
        """Refuse a phrase that names a thing, bin or zone without saying which one."""
        noun = index
        while noun < len(words) and (words[noun] in SCENE_WORDS or words[noun] in self._library.bins):
            noun += 1
        nouns = set(self._shapes) | GENERIC_NOUNS | BIN_NOUNS | ZONE_NOUNS
        coloured = noun + 1 < len(words) and words[noun] in self._colours and words[noun + 1] in nouns
        if coloured and described:
            raise _unseen(" ".join(words[start : noun + 2]))
        if noun < len(words) and words[noun] in nouns and (described or noun > start or words[start] in ARTICLES):
            end = noun + 1
            if end < len(words) and words[end] in _WITH_RELATION:
                end = min(end + 4, len(words))
            raise _unseen(" ".join(words[start:end]))


def _unseen(phrase: str) -> Refusal:
    return Refusal(
        ErrorCode.NOT_UNDERSTOOD,
        f"I am unsure which one '{phrase}' is: that depends on the scene, which this planner does not see. "
        "Say its colour and shape, such as 'the red cube', or the side of the bin.",
    )
