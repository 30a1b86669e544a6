# SPDX-License-Identifier: Apache-2.0
"""openpi's WebSocket protocol from the server's side: the greeting first, then one answer to each observation.

A superset of openpi: ``endpoint: reset`` and ``session_id`` of the later dialects are understood where a client sends
them.
"""

from __future__ import annotations

import http
import sys
import time
import traceback
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from vla_ros.policy.remote.codecs import openpi_msgpack
from vla_ros.policy.remote.codecs.arrays import MESSAGE_LIMIT
from vla_ros.policy.remote.faults import RemoteError
from vla_ros.policy.remote.transports.websocket import DISCREET_LOGGER
from vla_ros.serving.server import ServedPolicy

__all__ = ["WebSocketServer"]

INTERNAL_ERROR = 1011


class WebSocketServer:
    """See :class:`vla_ros.serving.server.RunningServer`: a thread per connection, one call at a time."""

    def __init__(self, served: ServedPolicy, host: str, port: int) -> None:
        """Listen."""
        self._served = served
        self._server = serve(
            self._handle,
            host,
            port,
            compression=None,
            max_size=MESSAGE_LIMIT,
            ping_interval=None,  # a client that computes answers no ping; the transport's end is enough
            process_request=_health,
            logger=DISCREET_LOGGER,
        )

    @property
    def port(self) -> int:
        """TCP port."""
        return int(self._server.socket.getsockname()[1])

    def serve_forever(self) -> None:
        """Serve until ``shutdown``."""
        self._server.serve_forever()

    def shutdown(self) -> None:
        """End it and its connections."""
        self._server.shutdown()

    def _handle(self, connection: ServerConnection) -> None:
        timing: dict[str, float] = {}
        try:
            connection.send(openpi_msgpack.pack(self._served.specification))
            for frame in connection:
                if isinstance(frame, str):
                    raise TypeError("a request is a binary frame")
                begun = time.perf_counter()
                connection.send(openpi_msgpack.pack(self._answer(openpi_msgpack.unpack(frame), timing)))
                timing = {"prev_total_ms": (time.perf_counter() - begun) * 1e3}
        except ConnectionClosed:
            return
        except Exception as error:  # the protocol's way: the traceback as text, then the close code of a failure
            if not isinstance(error, RemoteError):
                sys.stderr.write(traceback.format_exc())
            connection.send(f"{type(error).__name__}: {error}")
            connection.close(INTERNAL_ERROR, "the policy failed")

    def _answer(self, request: Any, timing: dict[str, float]) -> dict[str, Any]:
        if not isinstance(request, dict):
            raise TypeError("a request is a map")
        endpoint, session = request.pop("endpoint", "infer"), request.pop("session_id", None)
        if endpoint == "reset":
            self._served.reset(session)
            return {"status": "reset successful"}
        begun = time.perf_counter()
        answer = self._served.infer(request, session)
        return {**answer, "server_timing": {"infer_ms": (time.perf_counter() - begun) * 1e3, **timing}}


def _health(connection: ServerConnection, request: Request) -> Response | None:
    return connection.respond(http.HTTPStatus.OK, "OK\n") if request.path == "/healthz" else None
