# SPDX-License-Identifier: Apache-2.0
"""The back end over a local model, in one of two dialects: JSON like any chat model, or the compact one of the default.

What is late or cannot be used is repaired once where the model can be told so (JSON), then refused with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from vla_ros.errors import ConfigError
from vla_ros.planner import compact
from vla_ros.planner.answers import AnswerError, read_check, read_draft
from vla_ros.planner.backend import CheckRequest, Draft, PlanRequest
from vla_ros.planner.grounding import Convention, Frame
from vla_ros.planner.prompts import check_text, plan_text, repair_text, system_text
from vla_ros.planner.skills import SkillLibrary, Step
from vla_ros.tasks import CheckResult, ErrorCode, Grounding, Refusal, Verdict
from vla_ros.types import ImageArray

__all__ = ["LocalBackend", "LocalConfig"]

Value = TypeVar("Value")
DIALECTS = ("json", "compact")


class Model(Protocol):
    """What is needed of a ``LocalModel``."""

    def generate(self, messages: Any, images: Any, deadline_ns: int, max_tokens: int) -> Any:
        """Return the answer."""


@dataclass(frozen=True, slots=True)
class LocalConfig:
    """Options of a planner's file.

    Attributes:
        folder: Of the checkpoint; relative to the planner's file.
        dialect: ``json`` for chat models, ``compact`` for the default checkpoint.
        coordinates: How the model writes coordinates, a value of ``Convention``; for ``json``.
        images: Keys of the images to show, in order.
        max_tokens: Longest answer.
        device: Of torch, such as cpu or cuda.
        sure: Mean probability of an answer's tokens below which a plan is refused as unsure, and a verdict is unsure.
    """

    folder: str
    dialect: str = "json"
    coordinates: str = Convention.THOUSAND_XY.value
    images: tuple[str, ...] = ("image.scene",)
    max_tokens: int = 512
    device: str = "cpu"
    sure: float = 0.0

    def __post_init__(self) -> None:
        if self.dialect not in DIALECTS:
            raise ConfigError(f"dialect must be one of {', '.join(DIALECTS)}, got '{self.dialect}'")
        if self.coordinates not in [item.value for item in Convention]:
            raise ConfigError(f"coordinates must be one of {', '.join(i.value for i in Convention)}")
        if not 0.0 <= self.sure < 1.0 or self.max_tokens < 1:
            raise ConfigError("sure must lie in 0 .. 1 and max_tokens must be >= 1")


class LocalBackend:
    """Plans and judges with a local model."""

    def __init__(self, config: LocalConfig, library: SkillLibrary, model: Model, name: str) -> None:
        self._config, self._library, self._model, self._name = config, library, model, name
        self._convention = Convention(config.coordinates)

    @property
    def planner_id(self) -> str:
        """Name of the back end and its checkpoint."""
        return f"local:{self._name}"

    def plan(self, request: PlanRequest) -> Draft:
        """Return the model's plan."""
        shown = self._shown(request.images)
        if self._config.dialect == "json":
            text = plan_text(request)
            return self._ask(text, shown, request.deadline_ns, lambda t: self._read_draft(t, shown))
        self._require_image(shown)
        answer, probability = self._write(compact.plan_prompt(request.instruction), shown, request.deadline_ns)
        steps = compact.read_plan(answer, self._library)
        if probability < self._config.sure:
            raise Refusal(
                ErrorCode.NOT_UNDERSTOOD, f"I am unsure what to do ({probability:.2f}); say it in other words."
            )
        key, image = next(iter(shown.items()))
        found = [_grounding(item, key, image) for item in compact.read_scene(answer)]
        return Draft(tuple(_grounded(step, found) for step in steps), f"I see {answer.partition('|')[0].strip()}.")

    def check(self, request: CheckRequest) -> CheckResult:
        """Return the model's verdict."""
        shown = self._shown(request.images)
        if self._config.dialect == "json":
            return self._ask(check_text(request), shown, request.deadline_ns, read_check)
        if not shown:
            return CheckResult(Verdict.UNSURE, 0.0, "There is no fresh image to judge by.")
        prompt = compact.check_prompt(request.subtask.success_question)
        answer, probability = self._write(prompt, shown, request.deadline_ns)
        verdict = compact.read_verdict(answer)
        if verdict is None:
            raise Refusal(ErrorCode.PLANNER_UNAVAILABLE, f"The model's answer is no verdict: '{answer[-40:]}'.")
        if probability < self._config.sure:
            verdict = Verdict.UNSURE
        return CheckResult(verdict, probability, f"I see {answer.partition('|')[0].strip()}.")

    def _read_draft(self, text: str, shown: Mapping[str, ImageArray]) -> Draft:
        frame = next((Frame(key, image.shape[1], image.shape[0]) for key, image in shown.items()), None)
        return read_draft(text, self._library, self._convention, frame)

    def _ask(self, text: str, shown: Mapping[str, ImageArray], deadline_ns: int, read: Callable[[str], Value]) -> Value:
        rules = system_text(self._library, self._convention)
        messages = [_message("system", rules, 0), _message("user", text, len(shown))]
        answer = self._generate(messages, shown, deadline_ns)
        try:
            return read(answer.text)
        except AnswerError as error:
            messages += [
                _message("assistant", answer.text or "(nothing)", 0),
                _message("user", repair_text(str(error)), 0),
            ]
        answer = self._generate(messages, shown, deadline_ns)
        try:
            return read(answer.text)
        except AnswerError as error:
            raise Refusal(ErrorCode.PLANNER_UNAVAILABLE, f"The planner's answer cannot be used: {error}.") from error

    def _write(self, text: str, shown: Mapping[str, ImageArray], deadline_ns: int) -> tuple[str, float]:
        """Return the compact answer and the mean probability of its tokens."""
        answer = self._generate([_message("user", text, len(shown))], shown, deadline_ns)
        return answer.text, math.exp(answer.mean_log_probability)

    def _generate(self, messages: list[Any], shown: Mapping[str, ImageArray], deadline_ns: int) -> Any:
        answer = self._model.generate(messages, list(shown.values()), deadline_ns, self._config.max_tokens)
        if answer.is_late:
            raise Refusal(ErrorCode.PLANNER_UNAVAILABLE, "The model did not answer before the deadline.")
        return answer

    def _shown(self, images: Mapping[str, ImageArray]) -> dict[str, ImageArray]:
        return {key: images[key] for key in self._config.images if key in images}

    @staticmethod
    def _require_image(shown: Mapping[str, ImageArray]) -> None:
        if not shown:
            raise Refusal(ErrorCode.OBSERVATION_LOST, "The planner has no fresh image to look at.")


def _message(role: str, text: str, images: int) -> dict[str, Any]:
    parts: list[dict[str, str]] = [{"type": "image"} for _ in range(images)]
    return {"role": role, "content": [*parts, {"type": "text", "text": text}]}


def _grounding(item: compact.Item, key: str, image: ImageArray) -> Grounding:
    return Grounding(item.label, key, (item.u * image.shape[1], item.v * image.shape[0]))


def _grounded(step: Step, found: list[Grounding]) -> Step:
    labels = {step.object_label, step.target_label}
    return Step(step.skill, step.object_label, step.target_label, tuple(g for g in found if g.label in labels))
