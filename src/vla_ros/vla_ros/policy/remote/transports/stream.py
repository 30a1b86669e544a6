# SPDX-License-Identifier: Apache-2.0
"""A TCP or TLS stream every operation of which ends at its deadline. No protocol."""

from __future__ import annotations

import select
import socket
import ssl
import time

from vla_ros.policy.remote.endpoint import Endpoint
from vla_ros.policy.remote.faults import Fault, RemoteError

__all__ = ["DeadlineStream"]

READ_BYTES = 1 << 16


class DeadlineStream:
    """A connected stream; deadlines are on ``time.monotonic_ns``."""

    def __init__(self, endpoint: Endpoint, deadline_ns: int) -> None:
        """Connect.

        Raises:
            RemoteError: UNREACHABLE, REFUSED (the certificate) or TIMEOUT.
        """
        self._name = str(endpoint)
        try:
            self._socket = socket.create_connection((endpoint.host, endpoint.port), _left_s(deadline_ns, self._name))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except TimeoutError as error:
            raise RemoteError(Fault.TIMEOUT, f"{self._name} did not accept the connection in time") from error
        except OSError as error:
            raise RemoteError(Fault.UNREACHABLE, f"{self._name}: {error.strerror or error}") from error
        if endpoint.encrypted:
            self._encrypt(endpoint.host, deadline_ns)

    def send(self, data: bytes | memoryview, deadline_ns: int) -> None:
        """Send all of ``data``.

        Raises:
            RemoteError: TIMEOUT or CLOSED.
        """
        try:
            self._socket.settimeout(_left_s(deadline_ns, self._name))
            self._socket.sendall(data)  # the timeout is that of the whole call
        except TimeoutError as error:
            raise RemoteError(Fault.TIMEOUT, f"{self._name} does not read what it is sent") from error
        except OSError as error:
            raise RemoteError(
                Fault.CLOSED, f"{self._name} closed the connection ({error.strerror or error})"
            ) from error

    def receive(self, deadline_ns: int) -> bytes:
        """Return some bytes, empty at the stream's end.

        Raises:
            RemoteError: TIMEOUT or CLOSED.
        """
        try:
            self._socket.settimeout(_left_s(deadline_ns, self._name))
            return self._socket.recv(READ_BYTES)
        except TimeoutError as error:
            raise RemoteError(Fault.TIMEOUT, f"no complete answer of {self._name} before the deadline") from error
        except OSError as error:
            raise RemoteError(Fault.CLOSED, f"{self._name} broke the connection ({error.strerror or error})") from error

    def has_news(self) -> bool:
        """Whether bytes, or the stream's end, are waiting."""
        if self._socket.fileno() < 0:
            return True
        pending = isinstance(self._socket, ssl.SSLSocket) and self._socket.pending() > 0
        poller = select.poll()
        poller.register(self._socket, select.POLLIN)
        return pending or bool(poller.poll(0))

    def close(self) -> None:
        """Close at once."""
        self._socket.close()

    def _encrypt(self, host: str, deadline_ns: int) -> None:
        plain = self._socket
        try:
            plain.settimeout(_left_s(deadline_ns, self._name))
            self._socket = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        except TimeoutError as error:
            plain.close()
            raise RemoteError(Fault.TIMEOUT, f"{self._name} did not finish the TLS handshake in time") from error
        except OSError as error:
            plain.close()
            raise RemoteError(Fault.REFUSED, f"{self._name}: no TLS connection ({error})") from error


def _left_s(deadline_ns: int, name: str) -> float:
    left_ns = deadline_ns - time.monotonic_ns()
    if left_ns <= 0:
        raise RemoteError(Fault.TIMEOUT, f"no complete answer of {name} before the deadline")
    return left_ns * 1e-9
