# SPDX-License-Identifier: Apache-2.0
"""The back end over a local chat model that answers in JSON. What cannot be used is repaired once, then refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from vla_ros.planner.answers import AnswerError, check_schema, plan_schema, read_check, read_draft
from vla_ros.planner.backend import CheckRequest, Draft, PlanRequest
from vla_ros.planner.grounding import Convention, Frame
from vla_ros.planner.local.base import LocalModelBackend
from vla_ros.planner.local.config import Asker, LocalConfig, Model
from vla_ros.planner.local.region import Region
from vla_ros.planner.prompts import check_text, plan_text, repair_text, system_text
from vla_ros.planner.skills import SkillLibrary
from vla_ros.tasks import CheckResult, ErrorCode, Grounding, Refusal
from vla_ros.types import ImageArray

__all__ = ["LocalBackend"]

Value = TypeVar("Value")


class LocalBackend(LocalModelBackend):
    """Plans and judges with a local model."""

    def __init__(self, config: LocalConfig, library: SkillLibrary, model: Model, name: str) -> None:
        super().__init__(config, library, model, name)
        self._convention = Convention(config.coordinates)

    def plan(self, request: PlanRequest) -> Draft:
        """Return the model's plan."""
        shown = self._config.shown(request.images)
        frame = next((Frame(key, image.shape[1], image.shape[0]) for key, image in shown.items()), None)

        def read(text: str) -> Draft:
            return read_draft(text, self._library, self._convention, frame)

        draft = self._ask(plan_text(request), shown, (request.deadline_ns, plan_schema(self._library)), read)
        steps = [
            replace(step, groundings=tuple(self._outward(seen, request.images) for seen in step.groundings))
            for step in draft.steps
        ]
        return replace(draft, steps=tuple(steps))

    def check(self, request: CheckRequest) -> CheckResult:
        """Return the model's verdict."""
        shown = self._config.shown(request.images)
        return self._ask(check_text(request), shown, (request.deadline_ns, check_schema()), read_check)

    def _ask(
        self, text: str, shown: Mapping[str, ImageArray], bounds: tuple[int, Mapping[str, Any]],
        read: Callable[[str], Value],
    ) -> Value:  # fmt: skip
        """Return what ``read`` makes of the answer, whose ``bounds`` are a deadline and a JSON schema."""
        deadline_ns, schema = bounds[0], bounds[1] if self._config.guided else None
        images = list(shown.values())
        rules = system_text(self._library, self._convention)
        messages = [Asker.message("system", rules), Asker.message("user", text, len(shown))]
        answer = self._asker.ask(messages, images, deadline_ns, schema)
        try:
            return read(answer.text)
        except AnswerError as error:
            messages += [
                Asker.message("assistant", answer.text or "(nothing)"),
                Asker.message("user", repair_text(str(error))),
            ]
        answer = self._asker.ask(messages, images, deadline_ns, schema)
        try:
            return read(answer.text)
        except AnswerError as error:
            raise Refusal(ErrorCode.PLANNER_UNAVAILABLE, f"The planner's answer cannot be used: {error}.") from error

    def _outward(self, seen: Grounding, images: Mapping[str, ImageArray]) -> Grounding:
        """Return a grounding in the part that was shown as pixels of the whole image."""
        height, width = images[seen.image_key].shape[:2]
        region = Region(*self._config.region)
        left, top = round(region.left * width), round(region.top * height)
        return replace(seen, point=_moved(seen.point, left, top), box=_moved(seen.box, left, top))


def _moved(numbers: tuple[float, ...], left: float, top: float) -> tuple[float, ...]:
    return tuple(number + (left, top)[index % 2] for index, number in enumerate(numbers))
