# SPDX-License-Identifier: Apache-2.0
"""Chat completions on the wire: the request's body, and the text of a plain or streamed response. No network."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2

from vla_ros.planner.answers import AnswerError
from vla_ros.types import ImageArray

__all__ = ["Chat", "data_url", "read_text", "request_body"]

_DATA = b"data:"
_ERROR = b"error:"  # llama-server until autumn 2025, instead of an error inside of a data event


@dataclass(frozen=True, slots=True)
class Chat:
    """One request: model, messages so far, the schema of the answer and its name."""

    model: str
    messages: Sequence[Mapping[str, Any]]
    schema_name: str
    schema: Mapping[str, Any]
    max_tokens: int
    stream: bool


def data_url(image: ImageArray) -> str:
    """Return an RGB image ``(H, W, 3)`` as a JPEG data URL; equal pixels give equal bytes, for the prefix cache."""
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 90])
    return f"data:image/jpeg;base64,{base64.b64encode(encoded.tobytes()).decode()}"


def request_body(chat: Chat) -> bytes:
    """Return the body of a request that is guided by a JSON schema."""
    body = {
        "model": chat.model,
        "messages": list(chat.messages),
        "temperature": 0.0,
        "max_tokens": chat.max_tokens,
        "stream": chat.stream,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": chat.schema_name, "schema": dict(chat.schema), "strict": True},
        },
    }
    return json.dumps(body, separators=(",", ":")).encode()


def read_text(lines: Iterable[bytes]) -> str:
    """Return the text of a response, streamed (server-sent events) or not.

    Raises:
        AnswerError: it is no chat completion, was cut off, or the model refused to answer.
    """
    plain: list[bytes] = []
    parts: list[str] = []
    streamed = False
    for line in lines:
        line = line.strip()
        if line.startswith(_ERROR):
            _piece({"error": _loads(line[len(_ERROR) :])}, "delta")
        if not line.startswith(_DATA):
            plain.append(line)
            continue
        streamed = True
        payload = line[len(_DATA) :].strip()
        if payload == b"[DONE]":
            break
        if not payload:  # keeps a connection alive
            continue
        parts.append(_piece(_loads(payload), "delta"))
    return "".join(parts) if streamed else _piece(_loads(b"\n".join(plain)), "message")


def _piece(data: Any, key: str) -> str:
    if isinstance(data, Mapping) and data.get("error"):
        raise AnswerError(f"the endpoint reports: {str(data['error'])[:200]}")
    choices = data.get("choices") if isinstance(data, Mapping) else None
    if choices == [] and key == "delta":  # a last event with the usage alone
        return ""
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], Mapping):
        raise AnswerError("the response is no chat completion")
    if choices[0].get("finish_reason") == "length":
        raise AnswerError("the answer was cut off at its longest length")
    message = choices[0].get(key) or {}
    if message.get("refusal"):
        raise AnswerError(f"the model refused: {str(message['refusal'])[:200]}")
    content = message.get("content")
    return content if isinstance(content, str) else ""


def _loads(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise AnswerError("the response is no JSON") from error
