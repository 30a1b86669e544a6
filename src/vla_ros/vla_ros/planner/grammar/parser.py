# SPDX-License-Identifier: Apache-2.0
"""Splits a sentence into clauses that the patterns know and returns their steps. No vision, no defaults, no guesses."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vla_ros.planner.grammar.nouns import Nouns, Skeleton
from vla_ros.planner.grammar.patterns import CONNECTORS, COURTESY, PATTERNS
from vla_ros.planner.skills import SkillLibrary, Step
from vla_ros.tasks import ErrorCode, Refusal

__all__ = ["parse"]

_COURTESY = re.compile(COURTESY)
_SEPARATOR = re.compile(r"[\s,;.]*(?:" + CONNECTORS + r"|[,;.]\s*)*")
_PICKING = frozenset({"place_in_bin", "place_on_zone", "stack"})
_THING = re.compile(r"o\d+|it")
_NEGATION = frozenset({"not", "don't", "dont", "never", "without", "except", "unless", "until", "avoid", "no"})
_CONDITION = frozenset({"if", "when", "while", "before", "whether", "because"})


@dataclass(frozen=True, slots=True)
class _Clause:
    skill: str
    match: re.Match[str]


def parse(instruction: str, library: SkillLibrary) -> tuple[Step, ...]:
    """Return the steps that an instruction names, in order.

    Raises:
        Refusal: a part is not understood or needs sight; the sentence says which part.
    """
    words = _words(instruction)
    _refuse_logic(words)
    skeleton = Nouns(library).replace(words)
    steps: list[Step] = []
    for clause in _clauses(skeleton):
        steps.extend(_steps(clause, skeleton, steps))
    return _without_needless_picks(steps)


def _without_needless_picks(steps: list[Step]) -> tuple[Step, ...]:
    """Drop a pick right before a step that picks the same thing up itself: each skill begins with an empty hand."""
    following = [*steps[1:], Step("")]
    needless = [
        step.skill == "pick" and then.object_label == step.object_label and then.skill in _PICKING
        for step, then in zip(steps, following, strict=True)
    ]
    return tuple(step for step, is_needless in zip(steps, needless, strict=True) if not is_needless)


def _words(instruction: str) -> list[str]:
    text = re.sub(r"[!?\"“”()]", " ", instruction.lower().replace("’", "'"))
    text = text.replace("left-hand", "left hand").replace("right-hand", "right hand")
    text = re.sub(r"\s+", " ", text).strip()
    text = _COURTESY.sub(" ", _COURTESY.sub(" ", text).strip())
    return re.findall(r"[a-z'0-9-]+|[,;.]|[^\sa-z'0-9,;.-]+", text)


def _refuse_logic(words: list[str]) -> None:
    for word in words:
        if word in _NEGATION:
            raise Refusal(ErrorCode.NOT_UNDERSTOOD, f"I cannot follow what I am told not to do ('{word}').")
        if word in _CONDITION:
            raise Refusal(ErrorCode.NOT_UNDERSTOOD, f"I cannot follow conditions or other orders of time ('{word}').")


def _clauses(skeleton: Skeleton) -> list[_Clause]:
    text, at, found = skeleton.text, 0, []
    at = _skip(text, at)
    while at < len(text):
        clause = _longest(text, at)
        if clause is None:
            raise Refusal(ErrorCode.NOT_UNDERSTOOD, _not_understood(skeleton, text[at:]))
        found.append(clause)
        at = _skip(text, clause.match.end())
    if not found:
        raise Refusal(ErrorCode.NOT_UNDERSTOOD, _not_understood(skeleton, text))
    return found


def _skip(text: str, at: int) -> int:
    match = _SEPARATOR.match(text, at)
    return match.end() if match else at


def _longest(text: str, at: int) -> _Clause | None:
    """Return the longest clause at ``at`` that ends at a connector, a separator or the end."""
    best: _Clause | None = None
    for skill, pattern in PATTERNS:
        match = pattern.match(text, at)
        if match is None or not re.match(r"$| ?[,;.]| and | then | after | finally | next ", text[match.end() :]):
            continue
        if best is None or match.end() > best.match.end():
            best = _Clause(skill, match)
    return best


def _steps(clause: _Clause, skeleton: Skeleton, before: list[Step]) -> list[Step]:
    groups = clause.match.groupdict()
    target = skeleton.labels.get(groups.get("target") or "", "")
    keys = _THING.findall(groups.get("object") or "")
    if not keys:
        return [Step(clause.skill)]
    things = [_thing(key, skeleton, before) for key in keys]
    for thing in things:
        if target == thing:
            raise Refusal(ErrorCode.NOT_UNDERSTOOD, f"The {thing} cannot be put on itself.")
    return [Step(clause.skill, thing, target) for thing in things]


def _thing(key: str, skeleton: Skeleton, before: list[Step]) -> str:
    if key != "it":
        return skeleton.labels[key]
    mentioned = [step.object_label for step in before if step.object_label]
    if not mentioned:
        raise Refusal(ErrorCode.NOT_UNDERSTOOD, "I do not know what 'it' is; name its colour and shape.")
    return mentioned[-1]


def _not_understood(skeleton: Skeleton, rest: str) -> str:
    words = [skeleton.labels.get(word, word) for word in rest.split()]
    shown = " ".join(words[:8]) + (" …" if len(words) > 8 else "")
    return (
        f"I do not understand '{shown}'. I can put, stack, push, pick up and reach for coloured things, open and close "
        "the gripper, and go home; for example 'put the red cube in the left bin'."
    )
