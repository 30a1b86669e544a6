# SPDX-License-Identifier: Apache-2.0
"""Fake servers on real sockets, one per transport, for tests and for ``ros2 run vla_ros serve_fake``."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Protocol

from vla_ros.errors import ConfigError, unknown_name
from vla_ros.policy.remote.protocols import PROTOCOLS
from vla_ros.serving.fake.behaviour import FakeConfig, FakePolicy

__all__ = ["FakeServer", "fake_server"]


class FakeServer(Protocol):
    """A fake server that listens."""

    @property
    def url(self) -> str:
        """Where clients find it."""

    @property
    def policy(self) -> FakePolicy:
        """What it answers with, and how often it was asked."""

    def serve_forever(self) -> None:
        """Serve until ``shutdown``."""

    def shutdown(self) -> None:
        """Cut all connections and end."""


def open_fake(protocol: str, config: FakeConfig, port: int = 0) -> FakeServer:
    """Return a fake server of ``protocol`` on this machine; port 0: a free one.

    Raises:
        ConfigError: there is no such protocol, or the port cannot be listened on.
    """
    if protocol not in PROTOCOLS:
        raise ConfigError(unknown_name("protocol", protocol, PROTOCOLS))
    scheme = PROTOCOLS[protocol].default_url.partition(":")[0]
    policy = FakePolicy(config)
    try:
        if scheme == "tcp":
            from vla_ros.serving.fake.zeromq_server import FakeZeroMqServer

            return FakeZeroMqServer(protocol, policy, port)
        if scheme == "http":
            from vla_ros.serving.fake.http_server import FakeHttpServer

            return FakeHttpServer(protocol, policy, port)
        from vla_ros.serving.fake.websocket_server import FakeWebSocketServer

        return FakeWebSocketServer(protocol, policy, port)
    except OSError as error:
        raise ConfigError(f"port {port} cannot be listened on: {error.strerror or error}") from error


@contextlib.contextmanager
def fake_server(protocol: str, config: FakeConfig | None = None, port: int = 0) -> Iterator[FakeServer]:
    """Serve in a thread of its own while the context lasts.

    Raises:
        ConfigError: there is no such protocol, or the port cannot be listened on.
    """
    server = open_fake(protocol, config or FakeConfig(), port)
    thread = threading.Thread(target=server.serve_forever, name=f"fake {protocol}", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
