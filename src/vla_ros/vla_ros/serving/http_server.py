# SPDX-License-Identifier: Apache-2.0
"""The suite's HTTP/JSON protocol from the server's side: ``POST`` to ``/specification``, ``/infer`` and ``/reset``.

Documents are JSON with arrays as in ``json-numpy``; a failure is ``{"error": sentence}`` with status 500.
"""

from __future__ import annotations

import sys
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from vla_ros.policy.remote.codecs import json_numpy
from vla_ros.policy.remote.codecs.arrays import MESSAGE_LIMIT
from vla_ros.policy.remote.faults import RemoteError
from vla_ros.serving.server import ServedPolicy

__all__ = ["HttpServer"]


class HttpServer:
    """See :class:`vla_ros.serving.server.RunningServer`: a thread per connection, one call at a time."""

    def __init__(self, served: ServedPolicy, host: str, port: int) -> None:
        """Listen."""
        self._server = _Server((host, port), _Handler)
        self._server.served = served

    @property
    def port(self) -> int:
        """TCP port."""
        return int(self._server.server_address[1])

    def serve_forever(self) -> None:
        """Serve until ``shutdown``."""
        self._server.serve_forever(poll_interval=0.05)

    def shutdown(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client that keeps its connection must not hold up the end
    served: ServedPolicy


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        """Answer the health check."""
        self._send(200 if self.path == "/healthz" else 404, b"OK\n", "text/plain")

    def do_POST(self) -> None:
        """Answer a request."""
        size = int(self.headers.get("Content-Length", "0"))
        if not 0 <= size <= MESSAGE_LIMIT:
            self.close_connection = True
            self._send(413, json_numpy.dumps({"error": f"a request has at most {MESSAGE_LIMIT} bytes"}))
            return
        try:
            status, answer = 200, self._answer(json_numpy.loads(self.rfile.read(size)))
        except RemoteError as error:
            status, answer = 400, {"error": str(error)}
        except Exception as error:  # whatever a policy raises: the client is told in one sentence, the log has it all
            sys.stderr.write(traceback.format_exc())
            status, answer = 500, {"error": f"{type(error).__name__}: {error}"}
        self._send(status, json_numpy.dumps(answer))

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not logged: they come many times a second."""

    def _answer(self, request: Any) -> dict[str, Any]:
        served = self.server.served
        if not isinstance(request, dict):
            raise TypeError("a request is a document")
        if self.path == "/specification":
            return served.specification
        if self.path == "/reset":
            served.reset(request.get("session"))
            return {"status": "reset successful"}
        if self.path != "/infer" or not isinstance(request.get("observation"), dict):
            raise ValueError(f"there is no {self.path}, or the request holds no observation")
        begun = time.perf_counter()
        answer = served.infer(request["observation"], request.get("session"))
        return {**answer, "server_timing": {"infer_ms": (time.perf_counter() - begun) * 1e3}}

    def _send(self, status: int, body: bytes, media_type: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
