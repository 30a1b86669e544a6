# SPDX-License-Identifier: Apache-2.0
"""WebSocket (RFC 6455) over a deadline stream, in the caller's thread; the protocol is that of ``websockets``.

No keep-alive pings: a server that infers in its event loop answers none, and a first inference may take a minute. The
deadline of the request is the watchdog.
"""

from __future__ import annotations

import logging
from collections import deque

from websockets.client import ClientProtocol
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from vla_ros.policy.remote.faults import Fault, RemoteError
from vla_ros.policy.remote.transports.masked_frame import MaskedFrame
from vla_ros.policy.remote.transports.stream import DeadlineStream
from vla_ros.policy.remote.transports.transport import Link, Message

__all__ = ["DISCREET_LOGGER", "WebSocketConnection"]

# At DEBUG ``websockets`` writes out the headers of every handshake, and with them the token.
DISCREET_LOGGER = logging.getLogger("vla_ros.websocket")
DISCREET_LOGGER.setLevel(logging.INFO)

TOO_BIG = 1009  # close code of a message that is longer than accepted


class WebSocketConnection:
    """See :class:`vla_ros.policy.remote.transports.transport.Connection`."""

    def __init__(self, link: Link, deadline_ns: int) -> None:
        """Connect and shake hands.

        Raises:
            RemoteError: UNREACHABLE, REFUSED, TIMEOUT, CLOSED or MALFORMED.
        """
        self._name = str(link.endpoint)
        self._limit = link.max_reply_bytes
        self._protocol = ClientProtocol(parse_uri(self._name), max_size=self._limit, logger=DISCREET_LOGGER)
        self._frame = MaskedFrame()
        self._events: deque[object] = deque()  # that came and were not looked at
        self._parts: list[bytes] = []  # of a message whose end has not come yet
        self._is_text = False
        self._stream = DeadlineStream(link.endpoint, deadline_ns)
        try:
            self._shake_hands(link, deadline_ns)
        except RemoteError:
            self.close()
            raise

    def exchange(self, message: Message, deadline_ns: int) -> Message:
        """See :class:`Connection`."""
        try:
            if self._protocol.state is not State.OPEN:
                raise RemoteError(Fault.CLOSED, f"{self._name} closed the connection{self._close_reason()}")
            self._stream.send(self._frame.of(message.body, text=message.text), deadline_ns)
        except RemoteError:
            self.close()
            raise
        return self.receive(deadline_ns)

    def receive(self, deadline_ns: int) -> Message:
        """See :class:`Connection`."""
        try:
            while True:
                message = self._next_message()
                if message is not None:
                    return message
                self._read(deadline_ns)
        except RemoteError:
            self.close()
            raise

    def usable(self) -> bool:
        """See :class:`Connection`."""
        return self._protocol.state is State.OPEN and not (self._events or self._parts) and not self._stream.has_news()

    def close(self) -> None:
        """See :class:`Connection`."""
        self._stream.close()

    def _shake_hands(self, link: Link, deadline_ns: int) -> None:
        request = self._protocol.connect()
        for headers in (link.headers, link.authorization):
            request.headers.update(Headers(headers))
        self._protocol.send_request(request)
        self._flush(deadline_ns)
        while self._protocol.state is State.CONNECTING and self._protocol.handshake_exc is None:
            self._read(deadline_ns)
        error = self._protocol.handshake_exc
        if isinstance(error, InvalidStatus):
            raise RemoteError(Fault.REFUSED, f"{self._name} answered the handshake with {error.response.status_code}")
        if error is not None:
            raise RemoteError(Fault.MALFORMED, f"{self._name} speaks no WebSocket ({type(error).__name__})")

    def _read(self, deadline_ns: int) -> None:
        """Let bytes of the stream into the protocol, and send what it answers (pongs)."""
        data = self._stream.receive(deadline_ns)
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        if self._protocol.parser_exc is not None:
            raise self._broken()
        self._flush(deadline_ns)
        if not data and self._protocol.handshake_exc is None:
            raise RemoteError(Fault.CLOSED, f"{self._name} ended the connection{self._close_reason()}")

    def _flush(self, deadline_ns: int) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._stream.send(data, deadline_ns)

    def _next_message(self) -> Message | None:
        """Return the next whole message out of the frames that have come, or None."""
        self._events.extend(self._protocol.events_received())
        while self._events:
            message = self._message_of(self._events.popleft())
            if message is not None:
                return message
        return None

    def _message_of(self, event: object) -> Message | None:
        if not isinstance(event, Frame):
            return None
        if event.opcode is Opcode.CLOSE:
            raise RemoteError(Fault.CLOSED, f"{self._name} closed the connection{self._close_reason()}")
        if event.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return None
        if event.opcode is not Opcode.CONT:
            self._is_text = event.opcode is Opcode.TEXT
        self._parts.append(bytes(event.data))
        if not event.fin:
            return None
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts = []
        return Message(body, text=self._is_text)

    def _broken(self) -> RemoteError:
        if isinstance(self._protocol.parser_exc, EOFError):
            return RemoteError(Fault.CLOSED, f"{self._name} ended the connection within a message")
        sent = self._protocol.close_sent
        if sent is not None and sent.code == TOO_BIG:
            return RemoteError(Fault.TOO_LARGE, f"{self._name} sends more than {self._limit} bytes")
        return RemoteError(Fault.MALFORMED, f"{self._name} breaks the WebSocket protocol")

    def _close_reason(self) -> str:
        received = self._protocol.close_rcvd
        return f" (code {int(received.code)})" if received is not None else ""
