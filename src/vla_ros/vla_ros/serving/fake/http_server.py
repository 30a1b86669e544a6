# SPDX-License-Identifier: Apache-2.0
"""A fake server of the protocols over HTTP: OpenVLA, OpenVLA-OFT, CogACT, and the suite's own."""

from __future__ import annotations

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from vla_ros.serving.fake.answers import actions_frame, error_frame
from vla_ros.serving.fake.behaviour import Answer, Damage, FakePolicy

__all__ = ["FakeHttpServer"]

PATHS = {"openvla": ("/act",), "openvla_oft": ("/act",), "cogact": ("/api/inference",)}
OWN_PATHS = ("/infer", "/reset", "/specification")


class FakeHttpServer:
    """See :class:`vla_ros.serving.fake.server.FakeServer`."""

    def __init__(self, protocol: str, policy: FakePolicy, port: int) -> None:
        """Listen."""
        self.policy = policy
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.protocol, self._server.policy = protocol, policy

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def serve_forever(self) -> None:
        """Serve until ``shutdown``."""
        self._server.serve_forever(poll_interval=0.02)

    def shutdown(self) -> None:
        """Cut all connections and end."""
        self._server.ending.set()
        for connected in list(self._server.connected):
            with contextlib.suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    protocol: str
    policy: FakePolicy

    def __init__(self, *args: Any) -> None:
        self.ending = threading.Event()
        self.connected: set[socket.socket] = set()
        super().__init__(*args)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        self.server.connected.add(self.request)
        super().setup()

    def finish(self) -> None:
        self.server.connected.discard(self.request)
        with contextlib.suppress(OSError):
            super().finish()

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            super().handle()

    def do_POST(self) -> None:
        """Answer a request."""
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path not in PATHS.get(self.server.protocol, OWN_PATHS):
            self._send(b"Not Found", status=404)
        elif self.path in ("/specification", "/reset"):
            if self.path == "/reset":
                self.server.policy.reset()
            self._send(b"{}")
        else:
            answer = self.server.policy.answer()
            if not self.server.ending.wait(answer.delay_s):
                self._respond(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""

    def _respond(self, answer: Answer) -> None:
        policy = self.server.policy
        body = actions_frame(self.server.protocol, answer.actions, policy.config)
        match answer.damage:
            case Damage.NONE:
                self._send(body)
            case Damage.GARBAGE:
                self._send(policy.garbage())
            case Damage.ERROR:
                self._send(error_frame(self.server.protocol)[0])
            case Damage.HUGE:
                self._send(bytes(1 << 16), claimed=policy.config.huge_bytes)
            case Damage.CUT:
                self._send(body[: len(body) // 2], claimed=len(body))

    def _send(self, body: bytes, claimed: int = -1, status: int = 200) -> None:
        """Send ``body``; one shorter than claimed is followed by the connection's end."""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) if claimed < 0 else claimed))
        self.end_headers()
        self.wfile.write(body)
        if claimed >= 0:
            self.close_connection = True
            self.request.shutdown(socket.SHUT_RDWR)
