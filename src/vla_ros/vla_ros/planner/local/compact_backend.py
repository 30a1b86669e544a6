# SPDX-License-Identifier: Apache-2.0
"""The back end over the default checkpoint: asks what is to be seen, then what follows from it. No network is here."""

from __future__ import annotations

import math
from collections.abc import Mapping

from vla_ros.planner import compact
from vla_ros.planner.backend import CheckRequest, Draft, PlanRequest
from vla_ros.planner.local.base import LocalModelBackend
from vla_ros.planner.local.config import Asker
from vla_ros.planner.local.region import Region
from vla_ros.planner.skills import Step
from vla_ros.tasks import CheckResult, ErrorCode, Grounding, Refusal, Verdict
from vla_ros.types import ImageArray

__all__ = ["CompactBackend"]


class CompactBackend(LocalModelBackend):
    """Plans and judges with a model of the compact dialect. Below its ``sure`` it says unsure rather than guess."""

    def plan(self, request: PlanRequest) -> Draft:
        """Return the model's plan."""
        if not self._config.shown(request.images):
            raise Refusal(ErrorCode.OBSERVATION_LOST, "The planner has no fresh image to look at.")
        seen = self._look(request.images, request.deadline_ns)
        listing = compact.write_scene(seen)
        answer, probability = self._answer(compact.plan_prompt(listing, request.instruction), request.deadline_ns)
        steps = compact.read_plan(answer, self._library)
        if probability < self._config.sure:
            raise Refusal(
                ErrorCode.NOT_UNDERSTOOD, f"I am unsure what to do ({probability:.2f}); say it in other words."
            )
        found = [self._grounding(item, request.images) for item in seen]
        return Draft(tuple(_grounded(step, found) for step in steps), _told(seen))

    def check(self, request: CheckRequest) -> CheckResult:
        """Return the model's verdict."""
        if not self._config.shown(request.images):
            return CheckResult(Verdict.UNSURE, 0.0, "There is no fresh image to judge by.")
        seen = self._look(request.images, request.deadline_ns)
        prompt = compact.check_prompt(compact.write_scene(seen), request.subtask.success_question)
        answer, probability = self._answer(prompt, request.deadline_ns)
        verdict = compact.read_verdict(answer)
        if verdict is None:
            raise Refusal(ErrorCode.PLANNER_UNAVAILABLE, f"The model's answer is no verdict: '{answer[-40:]}'.")
        if probability < self._config.sure:
            verdict = Verdict.UNSURE
        return CheckResult(verdict, probability, _told(seen))

    def _look(self, images: Mapping[str, ImageArray], deadline_ns: int) -> list[compact.Item]:
        """Return what the model sees in the first image, in reading order."""
        shown = next(iter(self._config.shown(images).values()))
        answer = self._asker.ask([Asker.message("user", compact.look_prompt(), 1)], [shown], deadline_ns)
        return compact.read_scene(answer.text)

    def _answer(self, prompt: str, deadline_ns: int) -> tuple[str, float]:
        """Return the answer to a question and the mean probability of its words."""
        answer = self._asker.ask([Asker.message("user", prompt)], [], deadline_ns)
        return answer.text, math.exp(answer.mean_log_probability)

    def _grounding(self, item: compact.Item, images: Mapping[str, ImageArray]) -> Grounding:
        key = next(iter(self._config.shown(images)))
        u, v = Region(*self._config.region).outward(item.u, item.v)
        return Grounding(item.label, key, (u * images[key].shape[1], v * images[key].shape[0]))


def _told(seen: list[compact.Item]) -> str:
    names = [f"{item.label} ({item.place.replace('_', ' ')})" if item.place else item.label for item in seen]
    return f"I see {', '.join(names) or 'nothing that I know'}."


def _grounded(step: Step, found: list[Grounding]) -> Step:
    labels = {step.object_label, step.target_label}
    return Step(step.skill, step.object_label, step.target_label, tuple(g for g in found if g.label in labels))
