# SPDX-License-Identifier: Apache-2.0
"""Words of the compact dialect, written and read. No model is here.

The model is asked twice. First, with the picture, what it sees: ``look :``. It lists things and zones from the robot's
left to its right, with their places on a grid and what they lie on::

    green box x13 y21 table red zone x13 y17

Then, without the picture, what follows from that for an instruction or a question::

    green box x13 y21 table red zone x13 y17 | plan : put the green box in the left bin , then go home
    green box x13 y21 table red zone x13 y17 | check : is the green box on the red zone ?

Its plan is ``place_in_bin green box left ; home ; done``, its verdict ``yes``, ``no`` or ``unsure``. Instead of a plan
it may say ``nonsense``, ``unsure`` or ``absent <label>``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
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
    "write_plan",
    "write_scene",
]

COLUMNS = 32  # of the grid that places are told on, both ways
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


def write_scene(items: Iterable[Item]) -> str:
    """Return the words for what is seen, from the robot's left (right in the picture of a camera that faces it)."""
    ordered = sorted(items, key=lambda item: -item.u)
    words = [f"{item.label} x{_column(item.u):02d} y{_column(item.v):02d} {item.place}".strip() for item in ordered]
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


def write_plan(steps: Iterable[Step]) -> str:
    """Return the words for a plan."""
    parts = [" ".join(filter(None, (step.skill, step.object_label, step.target_label))) for step in steps]
    return " ; ".join([*parts, "done"])


def read_plan(answer: str, library: SkillLibrary) -> tuple[Step, ...]:
    """Return the steps of an answer.

    Raises:
        Refusal: the model refused, or its answer is no plan of the library.
    """
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
    return _VERDICTS.get(answer.strip())


def _step(words: list[str], library: SkillLibrary) -> Step:
    if not words or words[0] not in library.skills:
        raise Refusal(ErrorCode.PLANNER_UNAVAILABLE, f"The model's plan names no known skill: '{' '.join(words)}'.")
    spec, rest = library.skills[words[0]], words[1:]
    thing = " ".join(rest[:2]) if spec.needs_object else ""
    target = "" if spec.target is TargetKind.NONE else " ".join(rest[2:])
    return Step(spec.name, thing, target)


def _column(share: float) -> int:
    return min(max(int(share * COLUMNS), 0), COLUMNS - 1)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z']+|[,;.?]", text.lower())
