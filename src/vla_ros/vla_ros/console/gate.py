# SPDX-License-Identifier: Apache-2.0
"""The door of the console: who may speak to its web server. It checks, then passes bytes on. No ROS.

Whoever reaches the console moves the arm. So the web server itself listens on this machine only, and in front of it:

- a page of another site cannot use the browser of the person at the console: the ``Origin`` has to be the console's,
  and without a token the console has no name but this machine's: a site may call itself anything in the DNS;
- from another machine it takes the token, once in the address (``?token=…``) and from then on as a cookie.

Bytes travel unencrypted: on a network that is not trusted, go through ``ssh -L`` instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import ipaddress
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

__all__ = ["Gate", "Request", "Verdict", "is_loopback", "judge"]

COOKIE = "vla_console"
HEAD_LIMIT = 32_768  # bytes of a request's head; a browser's is below 2,000
HEAD_TIMEOUT_S = 10.0
CHUNK = 65_536

_ANSWERS = {
    403: ("Forbidden", "The console is open to its own page only."),
    401: ("Unauthorized", "This console asks for a token: open the address that its log shows."),
    400: ("Bad Request", "This is no request that a browser makes."),
}


class Verdict(Enum):
    """What becomes of a request."""

    PASS = "pass"  # on to the web server
    ADMIT = "admit"  # it showed the token: keep it as a cookie
    NO_TOKEN = "no token"  # or the wrong one
    FOREIGN = "foreign"  # a page of another site asks


@dataclass(frozen=True, slots=True)
class Request:
    """Target and headers (lower-case names) of an HTTP request."""

    target: str
    headers: Mapping[str, str]

    @classmethod
    def parse(cls, head: bytes) -> Request:
        """Read the head of a request.

        Raises:
            ValueError: it is none.
        """
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, version = first.split(" ")
        if method not in ("GET", "HEAD") or not version.startswith("HTTP/1."):
            raise ValueError(f"not a request that the console serves: {method} {version}")
        pairs = (line.partition(":") for line in lines if line)
        return cls(target, {name.strip().lower(): value.strip() for name, _, value in pairs})

    @property
    def token(self) -> str:
        """The token in its address; empty where there is none."""
        return parse_qs(urlsplit(self.target).query).get("token", [""])[0]

    @property
    def cookie(self) -> str:
        """The token in its cookie; empty where there is none."""
        try:
            morsel = SimpleCookie(self.headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return ""
        return "" if morsel is None else morsel.value


def judge(request: Request, token: str) -> Verdict:
    """Return what becomes of ``request`` where ``token`` is asked for; an empty one is not asked for."""
    origin, host = request.headers.get("origin", ""), request.headers.get("host", "")
    if origin and urlsplit(origin).netloc != host:
        return Verdict.FOREIGN
    if not token:
        return Verdict.PASS if is_loopback(urlsplit(f"//{host}").hostname or "") else Verdict.FOREIGN
    if _equal(request.cookie, token):
        return Verdict.PASS
    return Verdict.ADMIT if _equal(request.token, token) else Verdict.NO_TOKEN


def is_loopback(host: str) -> bool:
    """Whether a name or address is this machine's own."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _equal(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(), token.encode())


class Gate:
    """Listens at an address and passes admitted connections on to a port of this machine, in a thread of its own."""

    def __init__(self, host: str, port: int, behind_port: int, token: str = "") -> None:
        """Open.

        Raises:
            OSError: the address cannot be listened at.
        """
        self._behind_port, self._token = behind_port, token
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="gate", daemon=True)
        self._thread.start()
        opening = asyncio.start_server(self._serve, host, port, limit=HEAD_LIMIT)
        try:
            self._server = asyncio.run_coroutine_threadsafe(opening, self._loop).result()
        except OSError:
            self._end_loop()
            raise
        self.port = int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Close, with every connection that is open."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(5.0)
        self._end_loop()

    async def _close(self) -> None:
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _end_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.CancelledError), contextlib.closing(writer):
            try:
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_TIMEOUT_S)
                request = Request.parse(head[:-4])
            except (ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.TimeoutError):
                writer.write(_refusal(400))
                return
            verdict = judge(request, self._token)
            if verdict is Verdict.PASS:
                await self._pass_on(head, reader, writer)
            elif verdict is Verdict.ADMIT:
                writer.write(_admission(self._token))
            else:
                writer.write(_refusal(403 if verdict is Verdict.FOREIGN else 401))

    async def _pass_on(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, to_server = await asyncio.open_connection("127.0.0.1", self._behind_port)
        with contextlib.closing(to_server):
            to_server.write(_alone(head))
            there = asyncio.create_task(_copy(reader, to_server))
            try:
                await _copy(behind, writer)  # the server ends a connection, also one that the browser left
            finally:
                there.cancel()
                await asyncio.gather(there, return_exceptions=True)


def _alone(head: bytes) -> bytes:
    """Return a head that ends its connection after the answer, unless it becomes a web socket: each one is judged."""
    lines = head.split(b"\r\n")
    if any(line.lower().replace(b" ", b"") == b"upgrade:websocket" for line in lines):
        return head
    kept = [line for line in lines if not line.lower().startswith((b"connection:", b"keep-alive:"))]
    return b"\r\n".join([kept[0], b"Connection: close", *kept[1:]])


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


def _admission(token: str) -> bytes:
    cookie = f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict"
    lines = ("HTTP/1.1 303 See Other", "Location: /", f"Set-Cookie: {cookie}", "Content-Length: 0")
    return _head(lines)


def _refusal(code: int) -> bytes:
    reason, sentence = _ANSWERS[code]
    body = f"{sentence}\n".encode()
    lines = (f"HTTP/1.1 {code} {reason}", "Content-Type: text/plain", f"Content-Length: {len(body)}")
    return _head(lines) + body


def _head(lines: tuple[str, ...]) -> bytes:
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode()
