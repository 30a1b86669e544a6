# SPDX-License-Identifier: Apache-2.0
"""Words of the compact dialect, written and read. No model is here.

The model is asked twice. First, with the picture, what it sees: ``look :``. It lists things and zones in reading order,
row by row of the picture, with their places on a grid and what they lie on::

    red zone x13 y17 green box x13 y21 table

Then, without the picture, what follows from that for an instruction or a question::

    red zone x13 y17 green box x13 y21 table | plan : put the green box in the left bin , then go home
    red zone x13 y17 green box x13 y21 table | check : is the green box on the red zone ?

Its plan is ``place_in_bin green box left ; home ; done``, its verdict ``yes``, ``no`` or ``unsure``. Instead of a plan
it may say ``nonsense``, ``unsure`` or ``absent <label>``. Where the scene decides what is meant, it first notes what
fits the words, where, and which of that it is, and before a verdict where the thing is; ``|`` ends a note::

    nearest box : blue box y09 green box y21 : blue box | place_in_bin blue box left ; done
    ball : red ball cyan ball | unsure
    green box : red zone | yes
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vla_ros.planner.skills import SkillLibrary, Step, TargetKind
from vla_ros.tasks import ErrorCode, Refusal, Verdict

__all__ = [
    "COLUMNS",
    "PLACES",
    "Item",
    "check_prompt",
    "look_prompt",
    "plan_prompt",
    "read_plan",
    "read_scene",
    "read_verdict",
    "reading_place",
    "without_notes",
    "write_note",
    "write_plan",
    "write_scene",
    "write_whereabouts",
]

COLUMNS = 28  # of the grid that places are told on, both ways
_PER_ROW = 2  # lines of that grid that are one row to read
PLACES = ("table", "left_bin", "right_bin", "on_zone", "on_thing")
_VERDICTS = {"yes": Verdict.DONE, "no": Verdict.NOT_YET, "unsure": Verdict.UNSURE}
_PLACE = re.compile(r"x(\d\d) y(\d\d)")
_UNSURE = "I am unsure what is meant: what I see does not decide it. Say colour and shape, such as 'the red cube'."
_NONSENSE = (
    "I do not understand this. I can put, stack, push, pick up and reach for coloured things, open and close the "
    "gripper, and go home."
)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing or zone: label, place in the picture as shares of width and height, and what it lies on."""

    label: str
    u: float
    v: float
    place: str = ""


def look_prompt() -> str:
    """Return the question what is to be seen."""
    return "look :"


def plan_prompt(listing: str, instruction: str) -> str:
    """Return the question for a plan, where ``listing`` is what is seen."""
    return f"{listing} | plan : {' '.join(_words(instruction))}".strip()


def check_prompt(listing: str, question: str) -> str:
    """Return the question for a verdict, where ``listing`` is what is seen."""
    return f"{listing} | check : {' '.join(_words(question))}".strip()


def reading_place(u: float, v: float) -> tuple[int, float]:
    """Return what places in a picture are sorted by to be in reading order."""
    return _line(v) // _PER_ROW, u


def write_scene(items: Iterable[Item]) -> str:
    """Return the words for what is seen, in reading order."""
    ordered = sorted(items, key=lambda item: reading_place(item.u, item.v))
    words = [f"{item.label} x{_line(item.u):02d} y{_line(item.v):02d} {item.place}".strip() for item in ordered]
    return " ".join(words)


def read_scene(listing: str) -> list[Item]:
    """Return what the model says it sees; words that fit no item are left out."""
    items, words = [], listing.split()
    for index in range(len(words) - 3):
        match = _PLACE.fullmatch(f"{words[index + 2]} {words[index + 3]}")
        if match:
            place = words[index + 4] if index + 4 < len(words) and words[index + 4] in PLACES else ""
            u, v = ((int(number) + 0.5) / COLUMNS for number in match.groups())
            items.append(Item(f"{words[index]} {words[index + 1]}", u, v, place))
    return items


def write_note(words: str, fitting: Sequence[Item], axis: str = "", chosen: str = "") -> str:
    """Return the note on ``words`` that several things may fit.

    Args:
        words: What was said, as "nearest box".
        fitting: What fits, in reading order.
        axis: "x" or "y" where the place along it decides.
        chosen: Label of what is meant where one of several is.
    """
    places = [f" {axis}{_line(item.u if axis == 'x' else item.v):02d}" if axis else "" for item in fitting]
    found = " ".join(f"{item.label}{place}" for place, item in zip(places, fitting, strict=True))
    return f"{words} : {found} : {chosen} |" if chosen else f"{words} : {found} |"


def write_whereabouts(label: str, place: str) -> str:
    """Return the note on where a thing is that a question is about; no ``place``: it is not seen."""
    return f"{label} : {place or 'absent'} |"


def write_plan(steps: Iterable[Step]) -> str:
    """Return the words for a plan."""
    parts = [" ".join(filter(None, (step.skill, step.object_label, step.target_label))) for step in steps]
    return " ; ".join([*parts, "done"])


def without_notes(answer: str) -> str:
    """Return what an answer says after its notes."""
    return answer.rpartition("|")[2].strip()


def read_plan(answer: str, library: SkillLibrary) -> tuple[Step, ...]:
    """Return the steps of an answer.

    Raises:
        Refusal: the model refused, or its answer is no plan of the library.
    """
    answer = without_notes(answer)
    words = answer.split()
    if not words:
        raise Refusal(ErrorCode.PLANNER_UNAVAILABLE, "The model's answer is empty.")
    if words[0] in ("nonsense", "unsure"):
        raise Refusal(ErrorCode.NOT_UNDERSTOOD, _NONSENSE if words[0] == "nonsense" else _UNSURE)
    if words[0] == "absent":
        raise Refusal(ErrorCode.NOT_UNDERSTOOD, f"I see no {' '.join(words[1:3]) or 'such thing'}.")
    clauses = answer.split(";")
    if clauses[-1].strip() != "done":
        raise Refusal(ErrorCode.PLANNER_UNAVAILABLE, f"The model's plan has no end: '{answer[:80].strip()}'.")
    return tuple(_step(clause.split(), library) for clause in clauses[:-1])


def read_verdict(answer: str) -> Verdict | None:
    """Return the verdict of an answer, None where it has none."""
    return _VERDICTS.get(without_notes(answer))


def _step(words: list[str], library: SkillLibrary) -> Step:
    if not words or words[0] not in library.skills:
        raise Refusal(ErrorCode.PLANNER_UNAVAILABLE, f"The model's plan names no known skill: '{' '.join(words)}'.")
    spec, rest = library.skills[words[0]], words[1:]
    thing = " ".join(rest[:2]) if spec.needs_object else ""
    target = "" if spec.target is TargetKind.NONE else " ".join(rest[2:])
    return Step(spec.name, thing, target)


def _line(share: float) -> int:
    return min(max(int(share * COLUMNS), 0), COLUMNS - 1)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z']+|[,;.?]", text.lower())
