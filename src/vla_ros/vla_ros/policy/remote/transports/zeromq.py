# SPDX-License-Identifier: Apache-2.0
"""ZeroMQ REQ that obeys deadlines. One that missed its own is destroyed: REQ cannot ask again before it is answered."""

from __future__ import annotations

import time

import zmq

from vla_ros.policy.remote.faults import Fault, RemoteError
from vla_ros.policy.remote.transports.transport import Link, Message

__all__ = ["ZeroMqConnection"]


class ZeroMqConnection:
    """See :class:`vla_ros.policy.remote.transports.transport.Connection`. ZeroMQ connects when it first can."""

    def __init__(self, link: Link, deadline_ns: int) -> None:
        """Make the socket; whether somebody answers shows at the first exchange."""
        endpoint = link.endpoint
        self._name = str(endpoint)
        self._limit = link.max_reply_bytes
        self._socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.REQ)
        self._socket.setsockopt(zmq.LINGER, 0)  # what was not sent in time is never sent
        self._socket.setsockopt(zmq.MAXMSGSIZE, link.max_reply_bytes)  # a peer that sends more is disconnected
        self._socket.setsockopt(zmq.IPV6, int(":" in endpoint.host))
        self._socket.connect(f"tcp://{endpoint.authority}")

    def exchange(self, message: Message, deadline_ns: int) -> Message:
        """See :class:`Connection`."""
        try:
            self._wait(zmq.POLLOUT, deadline_ns)
            self._socket.send(message.body, zmq.NOBLOCK)
            self._wait(zmq.POLLIN, deadline_ns)
            parts = self._socket.recv_multipart(zmq.NOBLOCK)
        except RemoteError:
            self.close()
            raise
        except zmq.ZMQError as error:
            self.close()
            raise RemoteError(Fault.CLOSED, f"{self._name}: {error}") from error
        if len(parts) != 1 or len(parts[0]) > self._limit:
            self.close()
            raise RemoteError(Fault.MALFORMED, f"{self._name} answers in {len(parts)} parts")
        return Message(parts[0])

    def receive(self, deadline_ns: int) -> Message:
        """A server that replies never speaks first."""
        raise RemoteError(Fault.MALFORMED, f"{self._name} has nothing to say before it is asked")

    def usable(self) -> bool:
        """See :class:`Connection`."""
        return not self._socket.closed

    def close(self) -> None:
        """See :class:`Connection`."""
        self._socket.close(linger=0)

    def _wait(self, event: int, deadline_ns: int) -> None:
        left_ms = max(0, (deadline_ns - time.monotonic_ns()) // 1_000_000)
        if not self._socket.poll(left_ms, event):
            raise RemoteError(Fault.TIMEOUT, f"no answer of {self._name} before the deadline")
