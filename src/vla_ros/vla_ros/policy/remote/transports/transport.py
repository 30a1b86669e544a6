# SPDX-License-Identifier: Apache-2.0
"""The interface of transports, and what a request and a reply are. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from vla_ros.policy.remote.codecs.arrays import MESSAGE_LIMIT
from vla_ros.policy.remote.endpoint import Endpoint, Token

__all__ = ["Connection", "Link", "Message", "Transport"]


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent or received as one.

    Attributes:
        body: Content.
        text: Whether a WebSocket sends it as text, or sent it so.
        media_type: ``Content-Type`` over HTTP.
        path: Path over HTTP; empty: that of the endpoint.
        status: HTTP status of a reply.
    """

    body: bytes
    text: bool = False
    media_type: str = "application/json"
    path: str = ""
    status: int = 200


@dataclass(frozen=True, slots=True)
class Link:
    """What a transport is opened with.

    Attributes:
        endpoint: Where to.
        token: Sent as the protocol wants it.
        token_scheme: Word before the token in the ``Authorization`` header.
        max_reply_bytes: Longest message that is accepted.
        headers: Further headers of the handshake or request.
    """

    endpoint: Endpoint
    token: Token = field(default_factory=Token)
    token_scheme: str = "Bearer"
    max_reply_bytes: int = MESSAGE_LIMIT
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def authorization(self) -> dict[str, str]:
        """The ``Authorization`` header; empty without a token."""
        return {"Authorization": f"{self.token_scheme} {self.token.reveal()}"} if self.token else {}


class Connection(Protocol):
    """A connection that is open. Deadlines are on ``time.monotonic_ns``; after an error it is closed."""

    def exchange(self, message: Message, deadline_ns: int) -> Message:
        """Send ``message`` and return what comes back.

        Raises:
            RemoteError: UNREACHABLE, REFUSED, TIMEOUT, CLOSED, MALFORMED or TOO_LARGE.
        """

    def receive(self, deadline_ns: int) -> Message:
        """Return the next message of a server that speaks first; raises like ``exchange``."""

    def usable(self) -> bool:
        """Whether the next exchange can use it: open, and nothing came that nobody asked for."""

    def close(self) -> None:
        """Give it up at once; nothing more of the server is heard."""


class Transport(Protocol):
    """Opens connections."""

    def __call__(self, link: Link, deadline_ns: int) -> Connection:
        """Return an open connection; raises like ``Connection.exchange``."""
