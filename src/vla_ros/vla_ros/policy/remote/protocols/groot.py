# SPDX-License-Identifier: Apache-2.0
"""GR00T's protocol over ZeroMQ: N1.5 (flat observation) and N1.6/N1.7 (nested, batched, answer with an info map)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from vla_ros.policy.remote.codecs import groot_msgpack
from vla_ros.policy.remote.codecs.arrays import printable
from vla_ros.policy.remote.faults import Fault, RemoteError
from vla_ros.policy.remote.protocols.protocol import Capabilities, Reply, Session, timings
from vla_ros.policy.remote.transports.transport import Message

__all__ = ["GrootProtocol", "GrootVersion"]


class GrootVersion(Enum):
    """Generation of the server."""

    N1_5 = "groot_n1_5"  # data is the observation; keys like "action.arm"
    N1_6 = "groot"  # N1.6 and N1.7: data = {"observation", "options"}; the answer is [actions, info]


@dataclass(frozen=True, slots=True)
class GrootProtocol:
    """See :class:`vla_ros.policy.remote.protocols.protocol.WireProtocol`. Never sends ``kill``."""

    version: GrootVersion = GrootVersion.N1_6

    schemes = ("tcp",)
    token_scheme = ""

    @property
    def capabilities(self) -> Capabilities:
        """N1.5 cannot be told of a new run; neither has encryption."""
        return Capabilities(reset=self.version is GrootVersion.N1_6, encrypted=False)

    def describe(self, session: Session) -> Message | None:
        """Ask for the modality configuration."""
        return self._call("get_modality_config", session)

    def description(self, message: Message) -> Mapping[str, Any]:
        """Return the modality configuration."""
        return _mapping(groot_msgpack.unpack(message.body))

    def request(self, payload: Mapping[str, Any], session: Session) -> Message:
        """Return the question after actions."""
        if self.version is GrootVersion.N1_5:
            return self._call("get_action", session, payload)
        return self._call("get_action", session, {"observation": payload, "options": None})

    def reply(self, message: Message) -> Reply:
        """Return the actions by key, without the prefix ``action.`` of N1.5."""
        value = groot_msgpack.unpack(message.body)
        info: Any = None
        if isinstance(value, list) and len(value) == 2:
            value, info = value
        arrays = {key.removeprefix("action."): field for key, field in _mapping(value).items()}
        if not arrays or not all(isinstance(field, np.ndarray) for field in arrays.values()):
            raise RemoteError(Fault.MALFORMED, f"the answer is no map of arrays, but {printable(list(arrays))}")
        return Reply(arrays, timings(info))

    def reset(self, session: Session) -> Message | None:
        """Return the reset of N1.6 and later."""
        return None if self.version is GrootVersion.N1_5 else self._call("reset", session, {"options": None})

    def reset_done(self, message: Message) -> None:
        """Accept any answer that is no error."""
        value = groot_msgpack.unpack(message.body)
        if isinstance(value, dict):
            _mapping(value)

    def _call(self, endpoint: str, session: Session, data: Mapping[str, Any] | None = None) -> Message:
        request: dict[str, Any] = {"endpoint": endpoint}
        if data is not None:
            request["data"] = data
        if session.token:
            request["api_token"] = session.token.reveal()
        return Message(groot_msgpack.pack(request))


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise RemoteError(Fault.MALFORMED, f"the server sent {type(value).__name__} where a map of names belongs")
    if "error" in value:
        sentence = printable(value["error"])
        refused = any(word in sentence.lower() for word in ("unauthorized", "api token", "api_token"))
        raise RemoteError(Fault.REFUSED if refused else Fault.SERVER_ERROR, f"the server failed: {sentence}")
    return value
