# SPDX-License-Identifier: Apache-2.0
"""Serves a Python policy: over openpi's WebSocket protocol, which every openpi client speaks, or over HTTP/JSON.

from vla_ros.serving import ServingConfig, serve

def policy(observation):  # a dict of arrays and text, as the client's adapter sends it
return {"actions": my_model(observation["image"], observation["prompt"])}  # (T, A)

serve(policy, ServingConfig(port=8000))
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from vla_ros.errors import ConfigError, unknown_name
from vla_ros.policy.remote.endpoint import endpoint_of

__all__ = ["ServedPolicy", "ServingConfig", "serve", "serving"]

Policy = Callable[[dict[str, Any]], Any]


class Stoppable(Protocol):
    """What serves until somebody stops it."""

    def serve_forever(self) -> None:
        """Serve until ``shutdown``."""

    def shutdown(self) -> None:
        """End it and its connections."""


class RunningServer(Stoppable, Protocol):
    """A server in its own thread: the port that it got, and how it ends."""

    @property
    def port(self) -> int:
        """TCP port."""


@dataclass(frozen=True, slots=True)
class ServingConfig:
    """How a policy is served.

    Attributes:
        port: TCP port; 0: a free one.
        protocol: ``websocket`` (openpi's) or ``http``.
        host: Address that is listened on.
        tunnel: Another host than this machine is meant: the line is protected by other means.
        specification: What a client is told at the handshake.
    """

    port: int = 8000
    protocol: str = "websocket"
    host: str = "127.0.0.1"
    tunnel: bool = False
    specification: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.protocol not in ("websocket", "http"):
            raise ConfigError(unknown_name("protocol to serve", self.protocol, ("websocket", "http")))
        if not 0 <= self.port <= 65535:
            raise ConfigError(f"a port is 0 .. 65535, got {self.port}")
        authority = f"[{self.host}]" if ":" in self.host else self.host
        endpoint_of(f"ws://{authority}:{self.port or 1}", ("ws",), tunnel=self.tunnel)


class ServedPolicy:
    """A policy as servers call it: one call at a time, answers as a mapping, resets where the policy knows them."""

    def __init__(self, policy: Policy, specification: Mapping[str, Any]) -> None:
        """Wrap ``policy``; if it has a method ``reset``, that is called when a new run begins."""
        self.specification = dict(specification)
        self._policy = policy
        self._lock = threading.Lock()
        self._session: object = None

    def infer(self, observation: dict[str, Any], session: object = None) -> dict[str, Any]:
        """Return the answer as a mapping; a new ``session`` begins a new run first."""
        with self._lock:
            if session is not None and session != self._session:
                self._begin(session)
            answer = self._policy(observation)
        return dict(answer) if isinstance(answer, Mapping) else {"actions": np.asarray(answer)}

    def reset(self, session: object = None) -> None:
        """Begin a new run."""
        with self._lock:
            self._begin(session)

    def _begin(self, session: object) -> None:
        self._session = session
        reset = getattr(self._policy, "reset", None)
        if reset is not None:
            reset()


def serve(policy: Policy, config: ServingConfig) -> None:
    """Serve until the process is interrupted or terminated; for the main thread.

    Raises:
        ConfigError: the address cannot be listened on.
    """
    serve_until_interrupted(_open(policy, config))


def serve_until_interrupted(server: Stoppable) -> None:
    """Serve until SIGINT or SIGTERM; for the main thread."""
    # By its own handlers: a script's shell starts what is in its background with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()
    server.shutdown()


@contextlib.contextmanager
def serving(policy: Policy, config: ServingConfig) -> Iterator[int]:
    """Serve in a thread of its own while the context lasts; yields the port.

    Raises:
        ConfigError: the address cannot be listened on.
    """
    server = _open(policy, config)
    thread = threading.Thread(target=server.serve_forever, name="policy server", daemon=True)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join()


def _open(policy: Policy, config: ServingConfig) -> RunningServer:
    served = ServedPolicy(policy, config.specification)
    try:
        if config.protocol == "http":
            from vla_ros.serving.http_server import HttpServer

            return HttpServer(served, config.host, config.port)
        from vla_ros.serving.websocket_server import WebSocketServer

        return WebSocketServer(served, config.host, config.port)
    except OSError as error:
        raise ConfigError(f"{config.host}:{config.port} cannot be listened on: {error.strerror or error}") from error
