# SPDX-License-Identifier: Apache-2.0
"""Recognises commands that mean stop. On the side of safety: in doubt it is a stop. No motion here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

__all__ = ["means_resume", "means_stop"]

_SHORT = 5  # words: "please stop the robot now" is a stop wherever its stop word stands


def means_stop(text: str, words: Sequence[str]) -> bool:
    """Whether ``text`` begins with a stop word, or is short and holds one ("don't stop" stops too)."""
    spoken, stops = _words(text), [_words(word) for word in words]
    if not spoken:
        return False
    if any(spoken[: len(stop)] == stop for stop in stops):
        return True
    return len(spoken) <= _SHORT and any(_holds(spoken, stop) for stop in stops)


def means_resume(text: str, words: Sequence[str]) -> bool:
    """Whether ``text`` is exactly one of ``words``, courtesy apart."""
    spoken = [word for word in _words(text) if word not in ("please", "ok", "okay", "now")]
    return any(spoken == _words(word) for word in words)


def _holds(spoken: list[str], stop: list[str]) -> bool:
    return any(spoken[start : start + len(stop)] == stop for start in range(len(spoken) - len(stop) + 1))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
