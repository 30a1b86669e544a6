# SPDX-License-Identifier: Apache-2.0
"""The client of a policy server: connect, infer, reset, each with a deadline. It knows nothing of robots.

None of the protocols numbers its requests, so a late answer would be taken for that to the next question. Therefore a
connection on which anything went wrong is closed and never used again, and a new one begins a new epoch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from vla_ros.policy.remote.faults import Fault, RemoteError
from vla_ros.policy.remote.protocols.protocol import Capabilities, Reply, Session, WireProtocol
from vla_ros.policy.remote.transports.http import HttpConnection
from vla_ros.policy.remote.transports.transport import Connection, Link, Message, Transport
from vla_ros.policy.remote.transports.websocket import WebSocketConnection

__all__ = ["PolicyClient", "transport_of"]


def transport_of(scheme: str) -> Transport:
    """Return what opens connections of that scheme."""
    if scheme == "tcp":
        from vla_ros.policy.remote.transports.zeromq import ZeroMqConnection  # needs libzmq, the others do not

        return ZeroMqConnection
    return WebSocketConnection if scheme in ("ws", "wss") else HttpConnection


class PolicyClient:
    """One server. Deadlines are on ``time.monotonic_ns``. Called by one thread at a time, but for ``interrupt``.

    Attributes:
        description: What the server said of itself when it was connected to.
        faults: How often each fault occurred.
    """

    def __init__(self, protocol: WireProtocol, link: Link, *, name: str = "vla_ros", seed: int = -1) -> None:
        """Make a client that is not connected yet; ``name`` begins its session identifiers."""
        self.description: Mapping[str, Any] = MappingProxyType({})
        self.faults: dict[Fault, int] = {}
        self._protocol = protocol
        self._link = link
        self._open = transport_of(link.endpoint.scheme)
        self._connection: Connection | None = None
        self._epoch = 0
        self._name, self._seed = f"{name}-{time.time_ns():x}", seed

    @property
    def epoch(self) -> int:
        """Counts up whenever answers to earlier questions become void."""
        return self._epoch

    @property
    def capabilities(self) -> Capabilities:
        """What the protocol can do."""
        return self._protocol.capabilities

    @property
    def connected(self) -> bool:
        """Whether the next question can go out without connecting."""
        return self._connection is not None and self._connection.usable()

    def connect(self, deadline_ns: int) -> Mapping[str, Any]:
        """Connect where that is needed; return what the server says of itself.

        Raises:
            RemoteError: it does not answer, or not in this protocol.
        """
        if not self.connected:
            self._guarded(self._connect, deadline_ns)
        return self.description

    def infer(self, payload: Mapping[str, Any], deadline_ns: int) -> Reply:
        """Return the answer to an observation.

        Raises:
            RemoteError: there is none that can be used; the next call connects anew.
        """
        return self._guarded(lambda by_ns: self._infer(payload, by_ns), deadline_ns)

    def reset(self, deadline_ns: int) -> None:
        """Begin a new run: a new epoch and, where the protocol has one, the server's reset.

        A protocol without a reset gets a new connection at the next question, which is all that can be done.

        Raises:
            RemoteError: the server did not confirm.
        """
        self._epoch += 1
        message = self._protocol.reset(self._session())
        if message is None:
            self.close()
            return
        self._guarded(lambda by_ns: self._protocol.reset_done(self._exchange(message, by_ns)), deadline_ns)

    def interrupt(self) -> None:
        """Make the answer to a question that is under way void; any thread."""
        self._epoch += 1

    def close(self) -> None:
        """Give the connection up; the next call connects anew."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _infer(self, payload: Mapping[str, Any], deadline_ns: int) -> Reply:
        epoch = self._epoch
        message = self._exchange(self._protocol.request(payload, self._session()), deadline_ns)
        if epoch != self._epoch:
            raise RemoteError(Fault.OUTDATED, "the answer belongs to a run that is over")
        return self._protocol.reply(message)

    def _exchange(self, message: Message, deadline_ns: int) -> Message:
        connection = self._connection
        if connection is None or not connection.usable():
            connection = self._connect(deadline_ns)
        return connection.exchange(message, deadline_ns)

    def _connect(self, deadline_ns: int) -> Connection:
        self.close()
        connection = self._open(self._link, deadline_ns)
        try:
            if self._protocol.capabilities.greeting:
                self.description = self._protocol.description(connection.receive(deadline_ns))
            question = self._protocol.describe(self._session())
            if question is not None:
                self.description = self._protocol.description(connection.exchange(question, deadline_ns))
            if question is not None and not connection.usable():  # a server that closes after every answer
                connection.close()
                connection = self._open(self._link, deadline_ns)
        except RemoteError:
            connection.close()
            raise
        self._connection = connection
        return connection

    def _guarded(self, action: Callable[[int], Any], deadline_ns: int) -> Any:
        try:
            return action(deadline_ns)
        except RemoteError as error:
            self.faults[error.fault] = self.faults.get(error.fault, 0) + 1
            self._epoch += 1
            self.close()
            raise

    def _session(self) -> Session:
        return Session(f"{self._name}-{self._epoch}", self._seed, self._link.token)
