# SPDX-License-Identifier: Apache-2.0
"""JSON answers of language models: the schemas that guide them, a lenient reader, a strict check. No network."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from vla_ros.errors import VlaError
from vla_ros.planner.backend import Draft
from vla_ros.planner.grounding import Convention, Frame, read_groundings
from vla_ros.planner.skills import SkillLibrary, Step
from vla_ros.tasks import CheckResult, ErrorCode, Refusal, Verdict

__all__ = ["AnswerError", "check_schema", "find_json", "plan_schema", "read_check", "read_draft"]

_VERDICTS = {item.name.lower(): item for item in Verdict}
_FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)


class AnswerError(VlaError):
    """An answer that cannot be used; the text says why, in words that can be sent back to the model."""


def plan_schema(library: SkillLibrary) -> dict[str, Any]:
    """Return the JSON schema of a plan; unknown skills cannot be written where the schema is enforced."""
    text = {"type": "string"}
    numbers = {"type": "array", "items": {"type": "number"}}
    step = _object({"skill": {"type": "string", "enum": sorted(library.skills)}, "object": text, "target": text})
    seen = {"type": "object", "properties": {"label": text, "point": numbers, "box": numbers}, "required": ["label"]}
    return _object(
        {
            "objects": {"type": "array", "items": seen},
            "steps": {"type": "array", "items": step},
            "refusal": text,
            "rationale": text,
        }
    )


def check_schema() -> dict[str, Any]:
    """Return the JSON schema of a verdict."""
    return _object(
        {
            "verdict": {"type": "string", "enum": sorted(_VERDICTS)},
            "confidence": {"type": "number", "minimum": 0, "maximum": 1},
            "reason": {"type": "string"},
        }
    )


def find_json(text: str) -> Mapping[str, Any]:
    """Return the first JSON object of a text, with or without a fence around it.

    Raises:
        AnswerError: there is none.
    """
    fenced = _FENCE.search(text)
    decoder = json.JSONDecoder()
    for candidate in ([fenced.group(1)] if fenced else []) + [text]:
        for match in re.finditer(r"\{", candidate):
            try:
                found, _ = decoder.raw_decode(candidate[match.start() :])
            except json.JSONDecodeError:
                continue
            if isinstance(found, dict):
                return found
    raise AnswerError("the answer holds no JSON object")


def read_draft(text: str, library: SkillLibrary, convention: Convention, frame: Frame | None) -> Draft:
    """Return the plan of an answer.

    Args:
        text: What the model wrote.
        library: Skills that steps may name.
        convention: Of its coordinates.
        frame: The picture that was sent; None: there was none, coordinates are ignored.

    Raises:
        AnswerError: it is malformed or names what is not in the library.
        Refusal: the model itself refused the instruction.
    """
    data = find_json(text)
    refusal, steps = data.get("refusal") or "", data.get("steps") or []
    if not isinstance(steps, list) or not isinstance(refusal, str):
        raise AnswerError("'steps' must be a list and 'refusal' a text")
    if refusal.strip() and not steps:
        raise Refusal(ErrorCode.NOT_UNDERSTOOD, refusal.strip()[:300])
    objects = data.get("objects")
    groundings = read_groundings(objects, convention, frame) if isinstance(objects, list) and frame else ()
    read = []
    for number, item in enumerate(steps, start=1):
        if not isinstance(item, Mapping):
            raise AnswerError(f"step {number} is no object")
        words = [str(item.get(key) or "").strip().lower() for key in ("skill", "object", "target")]
        labels = {words[1], words[2]}
        step = Step(words[0], words[1], _target(words[2]), tuple(g for g in groundings if g.label in labels))
        if fault := library.fault_of(step):
            raise AnswerError(f"step {number}: {fault}")
        read.append(step)
    if not read:
        raise AnswerError("the plan has no steps and no refusal")
    rationale = data.get("rationale")
    return Draft(tuple(read), rationale[:500] if isinstance(rationale, str) else "")


def read_check(text: str) -> CheckResult:
    """Return the verdict of an answer.

    Raises:
        AnswerError: it is malformed.
    """
    data = find_json(text)
    verdict, confidence = data.get("verdict"), data.get("confidence", 0.5)
    if verdict not in _VERDICTS:
        raise AnswerError(f"'verdict' must be one of {', '.join(sorted(_VERDICTS))}, got {verdict!r}")
    if isinstance(confidence, bool) or not isinstance(confidence, (int, float)) or not 0.0 <= confidence <= 1.0:
        raise AnswerError(f"'confidence' must lie in 0 .. 1, got {confidence!r}")
    return CheckResult(_VERDICTS[verdict], float(confidence), str(data.get("reason") or "")[:300])


def _target(text: str) -> str:
    """Return a bin's side for "left bin"; models like to say the noun too."""
    return text.removesuffix(" bin")


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
    }
