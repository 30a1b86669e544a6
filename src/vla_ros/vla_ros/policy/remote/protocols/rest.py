# SPDX-License-Identifier: Apache-2.0
"""The servers that answer one HTTP POST: OpenVLA, OpenVLA-OFT, CogACT, and the HTTP/JSON server of this suite."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vla_ros.errors import ConfigError
from vla_ros.policy.remote.codecs import json_numpy, multipart
from vla_ros.policy.remote.codecs.arrays import printable
from vla_ros.policy.remote.faults import Fault, RemoteError
from vla_ros.policy.remote.protocols.protocol import (
    Capabilities,
    Reply,
    Session,
    numbers,
    require_status,
    timings,
)
from vla_ros.policy.remote.transports.transport import Message

__all__ = ["CogactProtocol", "OpenvlaProtocol", "OwnHttpProtocol"]


@dataclass(frozen=True, slots=True)
class _RestProtocol:
    """What they share; see :class:`vla_ros.policy.remote.protocols.protocol.WireProtocol`."""

    schemes = ("http", "https")
    token_scheme = "Bearer"

    @property
    def capabilities(self) -> Capabilities:
        """None of the research servers can be told of a new run."""
        return Capabilities()

    def describe(self, session: Session) -> Message | None:
        """They describe nothing."""
        return None

    def description(self, message: Message) -> Mapping[str, Any]:
        """They describe nothing."""
        return {}

    def reset(self, session: Session) -> Message | None:
        """They have no reset."""
        return None

    def reset_done(self, message: Message) -> None:
        """They have no reset."""


@dataclass(frozen=True, slots=True)
class OpenvlaProtocol(_RestProtocol):
    """``POST /act`` of OpenVLA (one row) and OpenVLA-OFT (a list of rows).

    OFT stacks wrist images in the order of the document's keys, so the payload's order is kept.

    Attributes:
        double_encoded: The document is a text inside a document, and so is the answer.
        normalisation_key: ``unnorm_key`` of OpenVLA; empty: the server's own.
    """

    double_encoded: bool = False
    normalisation_key: str = ""

    def request(self, payload: Mapping[str, Any], session: Session) -> Message:
        """Return the observation."""
        extra = {"unnorm_key": self.normalisation_key} if self.normalisation_key else {}
        body = json_numpy.dumps({**payload, **extra})
        return Message(json.dumps({"encoded": body.decode()}).encode() if self.double_encoded else body, path="/act")

    def reply(self, message: Message) -> Reply:
        """Return the row or rows; a failure is the text ``error`` with status 200."""
        require_status(message)
        value = json_numpy.loads(message.body)
        if self.double_encoded and isinstance(value, str) and value != "error":
            value = json_numpy.loads(value.encode())
        return Reply({"actions": numbers(value, "actions")})


@dataclass(frozen=True, slots=True)
class CogactProtocol(_RestProtocol):
    """``POST /api/inference`` of CogACT: one image and the task in a form. The server ensembles by itself."""

    def request(self, payload: Mapping[str, Any], session: Session) -> Message:
        """Return the form; the payload's only array is the image.

        Raises:
            ConfigError: the adapter gives another number of images than one.
        """
        images = [value for value in payload.values() if isinstance(value, np.ndarray)]
        if len(images) != 1:
            raise ConfigError(f"CogACT takes one image and no state; the adapter gives {len(images)} arrays")
        task = {key: value for key, value in payload.items() if isinstance(value, str)}
        parts = (
            multipart.Part("images", "image_0.png", "image/png", multipart.png(images[0])),
            multipart.Part("json", "request.json", "application/json", json.dumps(task).encode()),
        )
        body, media_type = multipart.encode(parts)
        return Message(body, media_type=media_type, path="/api/inference")

    def reply(self, message: Message) -> Reply:
        """Return the row or rows."""
        require_status(message)
        value = json_numpy.loads(message.body)
        if isinstance(value, dict) and "error" in value:
            raise RemoteError(Fault.SERVER_ERROR, f"the server failed: {printable(value['error'])}")
        return Reply({"actions": numbers(value, "actions")})


@dataclass(frozen=True, slots=True)
class OwnHttpProtocol(_RestProtocol):
    """The HTTP/JSON server of this suite (``vla_ros.serving``): ``/specification``, ``/infer`` and ``/reset``."""

    @property
    def capabilities(self) -> Capabilities:
        """Everything."""
        return Capabilities(reset=True, seed=True)

    def describe(self, session: Session) -> Message | None:
        """Ask for the specification."""
        return Message(b"{}", path="/specification")

    def description(self, message: Message) -> Mapping[str, Any]:
        """Return the specification."""
        return _document(message)

    def request(self, payload: Mapping[str, Any], session: Session) -> Message:
        """Return the observation with session and seed beside it."""
        document: dict[str, Any] = {"observation": payload, "session": session.id}
        if session.seed >= 0:
            document["seed"] = session.seed
        return Message(json_numpy.dumps(document), path="/infer")

    def reply(self, message: Message) -> Reply:
        """Return the arrays of the answer."""
        fields = _document(message)
        arrays = {key: field for key, field in fields.items() if isinstance(field, (np.ndarray, list))}
        if not arrays:
            raise RemoteError(Fault.MALFORMED, f"the answer holds no array, only: {printable(list(fields))}")
        return Reply({key: numbers(field, key) for key, field in arrays.items()}, timings(fields.get("server_timing")))

    def reset(self, session: Session) -> Message | None:
        """Return the reset."""
        return Message(json_numpy.dumps({"session": session.id}), path="/reset")

    def reset_done(self, message: Message) -> None:
        """Accept any document that is no error."""
        _document(message)


def _document(message: Message) -> dict[str, Any]:
    require_status(message)
    value = json_numpy.loads(message.body)
    if not isinstance(value, dict):
        raise RemoteError(Fault.MALFORMED, f"the server sent {type(value).__name__} where a document belongs")
    if "error" in value:
        raise RemoteError(Fault.SERVER_ERROR, f"the server failed: {printable(value['error'])}")
    return value
