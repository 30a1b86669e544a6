# SPDX-License-Identifier: Apache-2.0
"""Words and their indices. A closed vocabulary that is stored with the checkpoint; no torch."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.errors import ConfigError

__all__ = ["PAD", "UNKNOWN", "Vocabulary"]

PAD = 0
UNKNOWN = 1

_WORD = re.compile(r"[a-z]+|[0-9]+")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Index of every word of the training sentences; 0 pads, 1 stands for a word that was never trained.

    Attributes:
        words: Words in the order of their indices, which begin at 2.
        length: Longest sentence in words.
    """

    words: tuple[str, ...]
    length: int

    def __post_init__(self) -> None:
        if len(set(self.words)) != len(self.words):
            raise ConfigError("the vocabulary names a word twice")

    @classmethod
    def of(cls, sentences: Iterable[str], length: int) -> Vocabulary:
        """Return the vocabulary of ``sentences``, in alphabetical order."""
        words = {word for sentence in sentences for word in _WORD.findall(sentence.lower())}
        return cls(tuple(sorted(words)), length)

    def encode(self, sentence: str) -> npt.NDArray[np.int64]:
        """Return the ``(length,)`` word indices of ``sentence``, padded with 0 and cut at ``length``."""
        index = {word: i + 2 for i, word in enumerate(self.words)}
        found = [index.get(word, UNKNOWN) for word in _WORD.findall(sentence.lower())][: self.length]
        return np.array(found + [PAD] * (self.length - len(found)), dtype=np.int64)

    def unknown_in(self, sentence: str) -> list[str]:
        """Return the words of ``sentence`` that the policy was never trained on."""
        known = set(self.words)
        return [word for word in _WORD.findall(sentence.lower()) if word not in known]
