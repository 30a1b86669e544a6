# SPDX-License-Identifier: Apache-2.0
"""The back end: asks, retries while there is time, repairs an unusable answer once, then refuses with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from vla_ros.errors import ConfigError
from vla_ros.planner.answers import AnswerError, check_schema, plan_schema, read_check, read_draft
from vla_ros.planner.backend import CheckRequest, Draft, PlanRequest
from vla_ros.planner.grounding import Convention, Frame
from vla_ros.planner.openai.transport import Timing, Transport, TransportError
from vla_ros.planner.openai.wire import Chat, data_url, read_text, request_body
from vla_ros.planner.prompts import check_text, plan_text, repair_text, system_text
from vla_ros.planner.skills import SkillLibrary
from vla_ros.tasks import CheckResult, ErrorCode, Refusal
from vla_ros.types import ImageArray

__all__ = ["OpenAiBackend", "OpenAiConfig"]

Value = TypeVar("Value")
_DEFAULT_S = 30.0  # where a request has no deadline


@dataclass(frozen=True, slots=True)
class OpenAiConfig:
    """Options of a planner's file.

    Attributes:
        url: Of the chat completions, e.g. ``http://localhost:8000/v1/chat/completions``.
        model: Name that the endpoint knows.
        coordinates: How the model writes coordinates, a value of ``Convention``.
        images: Keys of the images to send, in order; what an observation lacks is left out.
        stream: Ask for a streamed answer, which a deadline can cut short.
        retries: Further tries after failures that may pass.
        max_tokens: Longest answer.
        api_key_variable: Environment variable that holds the key; empty: none is sent.
    """

    url: str
    model: str
    coordinates: str = Convention.THOUSAND_XY.value
    images: tuple[str, ...] = ("image.scene",)
    stream: bool = True
    retries: int = 2
    max_tokens: int = 1024
    api_key_variable: str = ""

    def __post_init__(self) -> None:
        known = [item.value for item in Convention]
        if self.coordinates not in known:
            raise ConfigError(f"coordinates must be one of {', '.join(known)}, got '{self.coordinates}'")
        if self.retries < 0 or self.max_tokens < 1:
            raise ConfigError("retries must be >= 0 and max_tokens >= 1")


class OpenAiBackend:
    """Plans and judges over chat completions."""

    def __init__(
        self, config: OpenAiConfig, library: SkillLibrary, transport: Transport, timing: Timing, api_key: str = ""
    ) -> None:
        self._config, self._library = config, library
        self._transport, self._timing = transport, timing
        self._convention = Convention(config.coordinates)
        self._system = {"role": "system", "content": system_text(library, self._convention)}
        self._headers = {"Content-Type": "application/json"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"

    @property
    def planner_id(self) -> str:
        """Name of the back end and its model."""
        return f"openai:{self._config.model}"

    def plan(self, request: PlanRequest) -> Draft:
        """Return the model's plan."""
        shown = self._shown(request.images)
        frame = _frame(shown)
        chat = self._chat(plan_text(request), shown, "plan", plan_schema(self._library))
        deadline_ns = self._deadline_ns(request.deadline_ns)
        return self._ask(chat, deadline_ns, lambda text: read_draft(text, self._library, self._convention, frame))

    def check(self, request: CheckRequest) -> CheckResult:
        """Return the model's verdict."""
        chat = self._chat(check_text(request), self._shown(request.images), "verdict", check_schema())
        return self._ask(chat, self._deadline_ns(request.deadline_ns), read_check)

    def _chat(self, text: str, shown: Mapping[str, ImageArray], name: str, schema: Mapping[str, Any]) -> Chat:
        content: list[dict[str, Any]] = [
            {"type": "image_url", "image_url": {"url": data_url(image)}} for image in shown.values()
        ]
        content.append({"type": "text", "text": text})
        messages: list[Mapping[str, Any]] = [self._system, {"role": "user", "content": content}]
        return Chat(self._config.model, messages, name, schema, self._config.max_tokens, self._config.stream)

    def _ask(self, chat: Chat, deadline_ns: int, read: Callable[[str], Value]) -> Value:
        text = ""
        try:
            text = self._send(chat, deadline_ns)
            return read(text)
        except AnswerError as error:
            repaired = [*chat.messages, {"role": "assistant", "content": text or "(nothing)"}]
            repaired.append({"role": "user", "content": repair_text(str(error))})
            again = Chat(chat.model, repaired, chat.schema_name, chat.schema, chat.max_tokens, chat.stream)
        try:
            return read(self._send(again, deadline_ns))
        except AnswerError as error:
            raise Refusal(ErrorCode.PLANNER_UNAVAILABLE, f"The planner's answer cannot be used: {error}.") from error

    def _send(self, chat: Chat, deadline_ns: int) -> str:
        body = request_body(chat)
        for number in range(self._config.retries + 1):
            try:
                return read_text(self._transport.post(body, self._headers, deadline_ns))
            except TransportError as error:
                wait_s = 0.2 * 2**number  # doubles, as servers under load ask for
                late = self._timing.now_ns() + wait_s * 1e9 >= deadline_ns
                if not error.again or late or number == self._config.retries:
                    sentence = f"The planner's endpoint gave no answer: {error}."
                    raise Refusal(ErrorCode.PLANNER_UNAVAILABLE, sentence) from error
                self._timing.wait_s(wait_s)
        raise AssertionError("the loop returns or raises")

    def _shown(self, images: Mapping[str, ImageArray]) -> dict[str, ImageArray]:
        return {key: images[key] for key in self._config.images if key in images}

    def _deadline_ns(self, deadline_ns: int) -> int:
        return deadline_ns or self._timing.now_ns() + round(_DEFAULT_S * 1e9)


def _frame(shown: Mapping[str, ImageArray]) -> Frame | None:
    for key, image in shown.items():
        return Frame(key, image.shape[1], image.shape[0])
    return None
