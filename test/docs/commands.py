# SPDX-License-Identifier: Apache-2.0
"""Finds the commands that README and docs tell people to type. Checks none of them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "CONTRIBUTING.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md")))
TYPED = re.compile(r"^(?:[A-Z_]+=\S+ )*(?:\S*/)?(?:run|\.ci/run|ros2|colcon|python|pytest)\b")
PROGRAMS = ("./run", ".ci/run", "ros2", "colcon", "python")


@dataclass(frozen=True, slots=True)
class Command:
    """One command with where it stands; ``words`` are those behind ``./run``."""

    page: str
    line: int
    text: str

    @property
    def words(self) -> list[str]:
        """The words without environment, ``./run`` and its options, comment and continuation."""
        words = shlex.split(self.text.rstrip("\\"), comments=True)
        while words and re.fullmatch(r"[A-Z_0-9]+=\S*", words[0]):
            words.pop(0)
        if words and words[0].endswith("run") and words[0] != ".ci/run":
            words.pop(0)
            while words and words[0] in ("--extra", "--without", "--python"):
                del words[:2]
        return words

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.text}"


def commands() -> list[Command]:
    """Return every command of every page: lines of code blocks, and code in the text that begins with a program."""
    return [command for page in PAGES for command in _of_page(page)]


def _of_page(page: str) -> list[Command]:
    found, fenced, language = [], False, ""
    for number, line in enumerate((ROOT / page).read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("```"):
            fenced, language = not fenced, line[3:].strip()
            continue
        if fenced or line.startswith("    "):
            text = line.strip()
            if TYPED.match(text) and language in ("", "bash", "console"):
                found.append(Command(page, number, text))
            continue
        found += [Command(page, number, text) for text in re.findall(r"`([^`]+)`", line) if _is_command(text)]
    return found


def _is_command(text: str) -> bool:
    first, _, rest = re.sub(r"^(?:[A-Z_0-9]+=\S* )+", "", text).partition(" ")
    return first in PROGRAMS and (bool(rest) or first == ".ci/run")
