# SPDX-License-Identifier: Apache-2.0
"""One HTTP request with a deadline, line by line, and when it is worth another try. No JSON, no prompts."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from vla_ros.errors import ConfigError, VlaError

__all__ = ["HttpTransport", "Timing", "Transport", "TransportError"]

_RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_MAX_LINE = 4_000_000


class TransportError(VlaError):
    """A request that failed; ``again`` says whether another try makes sense."""

    def __init__(self, message: str, *, again: bool) -> None:
        super().__init__(message)
        self.again = again


@dataclass(frozen=True, slots=True)
class Timing:
    """The clock of the deadlines [ns], and how to wait [s]; given from outside."""

    now_ns: Callable[[], int]
    wait_s: Callable[[float], None]


class Transport(Protocol):
    """Posts a body and yields the lines of the response."""

    def post(self, body: bytes, headers: Mapping[str, str], deadline_ns: int) -> Iterator[bytes]:
        """Yield the lines; raise ``TransportError`` where it fails or the deadline passes."""


class HttpTransport:
    """HTTP or HTTPS by the standard library, one connection per request."""

    def __init__(self, url: str, timing: Timing) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(f"the endpoint's url must begin with http:// or https:// and name a host, got '{url}'")
        self._parts, self._timing = parts, timing

    def post(self, body: bytes, headers: Mapping[str, str], deadline_ns: int) -> Iterator[bytes]:
        """Yield the lines of the response."""
        resources = ExitStack()
        connection = resources.enter_context(closing(self._connect(deadline_ns)))
        try:
            connection.request("POST", self._parts.path or "/", body, dict(headers))
            socket = connection.sock  # the response keeps it, the connection lets go of it
            response = resources.enter_context(closing(connection.getresponse()))
            if response.status != 200:
                text = response.read(2000).decode("utf-8", "replace").strip()
                again = response.status in _RETRIED
                raise TransportError(f"the endpoint answered {response.status}: {text[:200]}", again=again)
            while line := response.readline(_MAX_LINE):
                yield line
                socket.settimeout(self._left_s(deadline_ns))  # the next line gets only the time that is left
        except (OSError, http.client.HTTPException) as error:
            raise TransportError(f"the endpoint cannot be reached: {error}", again=True) from error
        finally:
            resources.close()

    def _connect(self, deadline_ns: int) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
        return kind(self._parts.hostname or "", self._parts.port, timeout=self._left_s(deadline_ns))

    def _left_s(self, deadline_ns: int) -> float:
        left_s = (deadline_ns - self._timing.now_ns()) * 1e-9
        if left_s <= 0.0:
            raise TransportError("no answer before the deadline", again=False)
        return left_s
