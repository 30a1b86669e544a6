# SPDX-License-Identifier: Apache-2.0
"""openpi's protocol over WebSocket in its three dialects: openpi itself, RoboArena and vLLM-Omni."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from vla_ros.policy.remote.codecs import openpi_msgpack
from vla_ros.policy.remote.codecs.arrays import printable
from vla_ros.policy.remote.faults import Fault, RemoteError
from vla_ros.policy.remote.protocols.protocol import Capabilities, Reply, Session, timings
from vla_ros.policy.remote.transports.transport import Message

__all__ = ["OpenpiDialect", "OpenpiProtocol"]

RESET_DONE = "reset successful"


class OpenpiDialect(Enum):
    """Who defines the details."""

    OPENPI = "openpi"  # reply {"actions": …}; no reset; an error is a text frame
    ROBOARENA = "roboarena"  # endpoint and session_id in the request; the answer to a reset is a text frame
    VLLM_OMNI = "vllm_omni"  # reply a bare array or a map of arrays; reset and errors are maps; idle links are closed


@dataclass(frozen=True, slots=True)
class OpenpiProtocol:
    """See :class:`vla_ros.policy.remote.protocols.protocol.WireProtocol`."""

    dialect: OpenpiDialect = OpenpiDialect.OPENPI

    schemes = ("ws", "wss")
    token_scheme = "Api-Key"

    @property
    def capabilities(self) -> Capabilities:
        """Openpi itself cannot be told of a new run; vLLM-Omni takes a seed."""
        return Capabilities(
            reset=self.dialect is not OpenpiDialect.OPENPI,
            greeting=True,
            seed=self.dialect is OpenpiDialect.VLLM_OMNI,
        )

    def describe(self, session: Session) -> Message | None:
        """The server speaks first."""
        return None

    def description(self, message: Message) -> Mapping[str, Any]:
        """Return the greeting: metadata (openpi), ``PolicyServerConfig`` (RoboArena, vLLM-Omni)."""
        return _mapping(_value(message))

    def request(self, payload: Mapping[str, Any], session: Session) -> Message:
        """Return the observation, in the later dialects with endpoint, session and seed."""
        if self.dialect is OpenpiDialect.OPENPI:
            return _packed(payload)
        extra: dict[str, Any] = {"endpoint": "infer", "session_id": session.id}
        if self.dialect is OpenpiDialect.VLLM_OMNI and session.seed >= 0:
            extra["seed"] = session.seed
        return _packed({**payload, **extra})

    def reply(self, message: Message) -> Reply:
        """Return the actions."""
        value = _value(message)
        if isinstance(value, np.ndarray):
            return Reply({"actions": value})
        fields = _mapping(value)
        _refuse_error(fields)
        arrays = {key: field for key, field in fields.items() if isinstance(field, np.ndarray)}
        if not arrays:
            raise RemoteError(Fault.MALFORMED, f"the answer holds no array, only: {printable(list(fields))}")
        return Reply(arrays, timings(fields.get("policy_timing"), fields.get("server_timing")))

    def reset(self, session: Session) -> Message | None:
        """Return the reset of the later dialects."""
        if self.dialect is OpenpiDialect.OPENPI:
            return None
        return _packed({"endpoint": "reset", "session_id": session.id})

    def reset_done(self, message: Message) -> None:
        """Accept the text of RoboArena and of early vLLM, and the map of today's."""
        text = message.body.decode("utf-8", "replace") if message.text else ""
        if text.strip() == RESET_DONE:
            return
        fields = _mapping(_value(message))
        _refuse_error(fields)
        if fields.get("status") != RESET_DONE:
            raise RemoteError(Fault.MALFORMED, f"the answer to a reset is {printable(fields)}")


def _packed(payload: Mapping[str, Any]) -> Message:
    return Message(openpi_msgpack.pack(payload))


def _value(message: Message) -> Any:
    if message.text:  # a traceback; its last line says what it was
        lines = [line for line in message.body.decode("utf-8", "replace").splitlines() if line.strip()]
        raise RemoteError(Fault.SERVER_ERROR, f"the server failed: {printable(lines[-1].strip() if lines else '')}")
    return openpi_msgpack.unpack(message.body)


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise RemoteError(Fault.MALFORMED, f"the server sent {type(value).__name__} where a map of names belongs")
    return value


def _refuse_error(fields: Mapping[str, Any]) -> None:
    if fields.get("type") == "error":
        raise RemoteError(Fault.SERVER_ERROR, f"the server failed: {printable(fields.get('message', ''))}")
