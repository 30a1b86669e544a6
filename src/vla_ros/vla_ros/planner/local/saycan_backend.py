# SPDX-License-Identifier: Apache-2.0
"""The back end that lets a local model score what the robot can do instead of writing a plan (SayCan).

The model names the things and zones that it sees, one step after the other is chosen by the probability of its sentence
times how well the robot does that skill. Verdicts are asked for as from any chat model. The scores are in ``saycan``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vla_ros.planner.answers import AnswerError, find_json
from vla_ros.planner.backend import CheckRequest, Draft, PlanRequest
from vla_ros.planner.grounding import Convention
from vla_ros.planner.local.backend import LocalBackend
from vla_ros.planner.local.config import Asker, LocalConfig, Model
from vla_ros.planner.prompts import plan_text, system_text
from vla_ros.planner.saycan import DONE, candidates, plan_by_scores
from vla_ros.planner.skills import SkillLibrary, Step
from vla_ros.tasks import CheckResult, ErrorCode, Refusal
from vla_ros.types import ImageArray

__all__ = ["SayCanBackend", "seen_schema"]

_LOOK = "Which of the things and zones that you know do you see?"
_MOST_SEEN = 12
_FINISHED = "done"


def seen_schema(library: SkillLibrary) -> dict[str, Any]:
    """Return the JSON schema of the list of what is seen: names of the library alone."""
    names = [f"{colour} {noun}" for colour in library.colours for noun in (*library.shapes, "zone")]
    seen = {"type": "array", "items": {"type": "string", "enum": names}, "maxItems": _MOST_SEEN}
    return {"type": "object", "properties": {"seen": seen}, "required": ["seen"], "additionalProperties": False}


class SayCanBackend:
    """Plans by scores, judges like a chat model."""

    def __init__(self, config: LocalConfig, library: SkillLibrary, model: Model, name: str) -> None:
        for skill in config.affordances:
            library.skill(skill)  # a name that is none is refused here
        self._config, self._library, self._name = config, library, name
        self._asker = Asker(model, config.max_tokens)
        self._judge = LocalBackend(config, library, model, name)
        self._rules = Asker.message("system", system_text(library, Convention(config.coordinates)))

    @property
    def planner_id(self) -> str:
        """Name of the back end and its checkpoint."""
        return f"saycan:{self._name}"

    def plan(self, request: PlanRequest) -> Draft:
        """Return the steps that score best, in their order."""
        shown = list(self._config.shown(request.images).values())
        if not shown:
            raise Refusal(ErrorCode.OBSERVATION_LOST, "The planner has no fresh image to look at.")
        seen = self._look(shown, request.deadline_ns)
        things = [name for name in seen if not name.endswith(" zone")]
        steps = candidates(self._library, things, [name for name in seen if name.endswith(" zone")])

        def language(options: Sequence[Step], chosen: Sequence[Step]) -> Sequence[float]:
            before = "; ".join(map(self._sentence, chosen)) or "nothing"
            text = f"{plan_text(request)}\nDone so far: {before}. The next step, or '{_FINISHED}':"
            messages = [self._rules, Asker.message("user", text, len(shown))]
            return self._asker.scores(messages, shown, [f" {self._sentence(step)}" for step in options])

        found = plan_by_scores(steps, language, lambda step: self._config.affordances.get(step.skill, 1.0))
        if not found:
            raise Refusal(ErrorCode.NOT_UNDERSTOOD, "Nothing that fits the instruction can be done here.")
        return Draft(found, f"I see {', '.join(seen) or 'nothing that I know'}.")

    def check(self, request: CheckRequest) -> CheckResult:
        """Return the model's verdict."""
        return self._judge.check(request)

    def _look(self, shown: Sequence[ImageArray], deadline_ns: int) -> list[str]:
        messages = [self._rules, Asker.message("user", _LOOK, len(shown))]
        answer = self._asker.ask(messages, shown, deadline_ns, seen_schema(self._library))
        try:
            data: Mapping[str, Any] = find_json(answer.text)
        except AnswerError as error:
            raise Refusal(ErrorCode.PLANNER_UNAVAILABLE, f"The planner's answer cannot be used: {error}.") from error
        names = data.get("seen")
        return list(dict.fromkeys(map(str, names))) if isinstance(names, list) else []

    def _sentence(self, step: Step) -> str:
        if step == DONE:
            return _FINISHED
        words = {"object": step.object_label, "target": step.target_label}
        return self._library.skill(step.skill).sentence.format(**words)
