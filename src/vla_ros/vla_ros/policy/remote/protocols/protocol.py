# SPDX-License-Identifier: Apache-2.0
"""The interface of protocols: what is asked and answered, as pure functions of bytes. No sockets, no robot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from vla_ros.policy.remote.codecs.arrays import printable
from vla_ros.policy.remote.endpoint import Token
from vla_ros.policy.remote.faults import Fault, RemoteError
from vla_ros.policy.remote.transports.transport import Message

__all__ = ["Capabilities", "Reply", "Session", "WireProtocol", "numbers", "require_status", "timings"]


@dataclass(frozen=True, slots=True)
class Session:
    """What distinguishes one run from another on the server.

    Attributes:
        id: Changes with every reset.
        seed: For servers that draw noise; -1: theirs.
        token: For protocols that carry it in the message.
    """

    id: str = ""
    seed: int = -1
    token: Token = field(default_factory=Token)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered.

    Attributes:
        arrays: By key; a server that sends one bare array: under ``actions``.
        timings_ms: What it says about its own durations.
    """

    arrays: Mapping[str, npt.NDArray[Any]]
    timings_ms: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a protocol can do besides answering.

    Attributes:
        reset: The server can be told that a new run begins; without it, only a new connection says so.
        greeting: The server describes itself when it is connected to.
        seed: Noise can be made repeatable.
        encrypted: There is a form with TLS.
    """

    reset: bool = False
    greeting: bool = False
    seed: bool = False
    encrypted: bool = True


class WireProtocol(Protocol):
    """One protocol. Every function raises ``RemoteError`` for what is not of this protocol."""

    @property
    def schemes(self) -> tuple[str, ...]:
        """Schemes of its addresses; the first decides the transport."""

    @property
    def token_scheme(self) -> str:
        """Word before the token in the ``Authorization`` header; empty: the message carries the token."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

    def describe(self, session: Session) -> Message | None:
        """Return the question after the server's description of itself; None: it greets, or has none."""

    def description(self, message: Message) -> Mapping[str, Any]:
        """Return what the server says of itself."""

    def request(self, payload: Mapping[str, Any], session: Session) -> Message:
        """Return the question after actions for an observation."""

    def reply(self, message: Message) -> Reply:
        """Return the actions of an answer."""

    def reset(self, session: Session) -> Message | None:
        """Return what says that a new run begins; None: there is no such message."""

    def reset_done(self, message: Message) -> None:
        """Accept the answer to ``reset``."""


def numbers(value: Any, what: str) -> npt.NDArray[Any]:
    """Return an array, or a nested list of numbers or arrays, as one array.

    Raises:
        RemoteError: SERVER_ERROR for a text, MALFORMED for anything else that is no array of numbers.
    """
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, str):
        raise RemoteError(Fault.SERVER_ERROR, f"the server answered '{printable(value)}' instead of {what}")
    if not isinstance(value, list):
        raise RemoteError(Fault.MALFORMED, f"{what} came as {type(value).__name__}, not as numbers")
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise RemoteError(Fault.MALFORMED, f"{what} is no regular list of numbers") from error
    if array.dtype.kind not in "fiu":
        raise RemoteError(Fault.MALFORMED, f"{what} is no list of numbers")
    return array


def timings(*sources: Any) -> dict[str, float]:
    """Return the finite numbers of the servers' maps of durations, by key."""
    pairs = [pair for source in sources if isinstance(source, dict) for pair in source.items()]
    return {str(key): float(n) for key, n in pairs if isinstance(n, float) and np.isfinite(n)}


def require_status(message: Message) -> None:
    """Refuse an HTTP answer that is no success.

    Raises:
        RemoteError: REFUSED for 401 and 403, else SERVER_ERROR, with the beginning of its text.
    """
    if message.status in (401, 403):
        raise RemoteError(Fault.REFUSED, f"the server does not accept the token (status {message.status})")
    if message.status != 200:
        text = printable(message.body[:200].decode("utf-8", "replace"))
        raise RemoteError(Fault.SERVER_ERROR, f"the server answered with status {message.status}: {text}")
