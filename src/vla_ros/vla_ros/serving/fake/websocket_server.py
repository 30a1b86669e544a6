# SPDX-License-Identifier: Apache-2.0
"""A fake server of openpi's protocol in its three dialects."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from vla_ros.policy.remote.codecs import openpi_msgpack
from vla_ros.policy.remote.transports.websocket import DISCREET_LOGGER
from vla_ros.serving.fake.answers import actions_frame, error_frame, greeting_frame
from vla_ros.serving.fake.behaviour import Answer, Damage, FakePolicy

__all__ = ["FakeWebSocketServer"]

BINARY_FIN, LENGTH_64 = 0x82, 127  # RFC 6455, section 5.2
INTERNAL_ERROR = 1011


class FakeWebSocketServer:
    """See :class:`vla_ros.serving.fake.server.FakeServer`."""

    def __init__(self, protocol: str, policy: FakePolicy, port: int) -> None:
        """Listen."""
        self.policy = policy
        self._protocol = protocol
        self._ending = threading.Event()
        self._sockets: list[socket.socket] = []
        self._server = serve(
            self._handle,
            "127.0.0.1",
            port,
            compression=None,
            max_size=None,
            ping_interval=None,
            logger=DISCREET_LOGGER,
        )

    @property
    def url(self) -> str:
        """Where clients find it."""
        path = "/v1/realtime/robot/openpi" if self._protocol == "vllm_omni" else ""
        return f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}{path}"

    def serve_forever(self) -> None:
        """Serve until ``shutdown``."""
        self._server.serve_forever()

    def shutdown(self) -> None:
        """Cut all connections and end."""
        self._ending.set()
        for connected in self._sockets:
            _cut(connected)
        self._server.shutdown()

    def _handle(self, connection: ServerConnection) -> None:
        self._sockets.append(connection.socket)
        with contextlib.suppress(ConnectionClosed, OSError):
            connection.send(greeting_frame(self._protocol))
            for frame in connection:
                if isinstance(frame, bytes):
                    self._respond(connection, openpi_msgpack.unpack(frame))

    def _respond(self, connection: ServerConnection, request: dict[str, object]) -> None:
        if request.get("endpoint") == "reset":
            self.policy.reset()
            done = "reset successful"
            connection.send(done if self._protocol == "roboarena" else openpi_msgpack.pack({"status": done}))
            return
        answer = self.policy.answer()
        if not self._ending.wait(answer.delay_s):
            self._send(connection, answer)

    def _send(self, connection: ServerConnection, answer: Answer) -> None:
        frame = actions_frame(self._protocol, answer.actions, self.policy.config)
        match answer.damage:
            case Damage.NONE:
                connection.send(frame)
            case Damage.GARBAGE:
                connection.send(self.policy.garbage())
            case Damage.ERROR:
                text, is_text = error_frame(self._protocol)
                connection.send(text, text=is_text)
            case Damage.HUGE:
                connection.socket.sendall(_header(self.policy.config.huge_bytes) + bytes(1 << 16))
            case Damage.CUT:
                connection.socket.sendall(_header(len(frame)) + frame[: len(frame) // 2])
                _cut(connection.socket)
        if answer.damage is Damage.ERROR and self._protocol != "vllm_omni":
            connection.close(INTERNAL_ERROR)


def _header(size: int) -> bytes:
    return struct.pack(">BBQ", BINARY_FIN, LENGTH_64, size)


def _cut(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
