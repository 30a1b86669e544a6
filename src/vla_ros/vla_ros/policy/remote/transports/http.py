# SPDX-License-Identifier: Apache-2.0
"""One HTTP/1.1 POST at a time over a kept connection and a deadline stream; the framing is that of ``h11``."""

from __future__ import annotations

import h11

from vla_ros.policy.remote.faults import Fault, RemoteError
from vla_ros.policy.remote.transports.stream import DeadlineStream
from vla_ros.policy.remote.transports.transport import Link, Message

__all__ = ["HttpConnection"]


class HttpConnection:
    """See :class:`vla_ros.policy.remote.transports.transport.Connection`."""

    def __init__(self, link: Link, deadline_ns: int) -> None:
        """Connect.

        Raises:
            RemoteError: UNREACHABLE, REFUSED or TIMEOUT.
        """
        self._link = link
        self._name = str(link.endpoint)
        self._protocol = h11.Connection(h11.CLIENT)
        self._ended = False
        self._stream = DeadlineStream(link.endpoint, deadline_ns)

    def exchange(self, message: Message, deadline_ns: int) -> Message:
        """See :class:`Connection`."""
        try:
            self._stream.send(self._request(message), deadline_ns)
            return self._response(deadline_ns)
        except RemoteError:
            self.close()
            raise
        except h11.RemoteProtocolError as error:
            self.close()
            if self._ended:
                raise RemoteError(Fault.CLOSED, f"{self._name} ended the connection within its answer") from error
            raise RemoteError(Fault.MALFORMED, f"{self._name} speaks no HTTP ({error})") from error

    def receive(self, deadline_ns: int) -> Message:
        """A server that speaks HTTP never speaks first."""
        raise RemoteError(Fault.MALFORMED, f"{self._name} has nothing to say before it is asked")

    def usable(self) -> bool:
        """See :class:`Connection`."""
        return self._protocol.our_state is h11.IDLE and not self._stream.has_news()

    def close(self) -> None:
        """See :class:`Connection`."""
        self._stream.close()

    def _request(self, message: Message) -> bytes:
        headers = {
            "Host": self._link.endpoint.authority,
            "Content-Type": message.media_type,
            "Content-Length": str(len(message.body)),
            **self._link.headers,
            **self._link.authorization,
        }
        target = message.path or self._link.endpoint.path
        request = h11.Request(method="POST", target=target, headers=list(headers.items()))
        events = (request, h11.Data(data=message.body), h11.EndOfMessage())
        return b"".join(self._protocol.send(event) or b"" for event in events)

    def _response(self, deadline_ns: int) -> Message:
        status, parts, size = 0, [], 0
        while True:
            event = self._protocol.next_event()
            match event:
                case h11.Response():
                    status = event.status_code
                    self._require_size(int(dict(event.headers).get(b"content-length", b"0")))
                case h11.Data():
                    parts.append(bytes(event.data))
                    size += len(parts[-1])
                    self._require_size(size)
                case h11.EndOfMessage():
                    self._begin_anew()
                    return Message(b"".join(parts), status=status)
                case h11.ConnectionClosed():
                    raise RemoteError(Fault.CLOSED, f"{self._name} closed the connection")
                case h11.NEED_DATA:
                    self._protocol.receive_data(self._received(deadline_ns))

    def _begin_anew(self) -> None:
        if self._protocol.our_state is h11.DONE and self._protocol.their_state is h11.DONE:
            self._protocol.start_next_cycle()

    def _require_size(self, size: int) -> None:
        if size > self._link.max_reply_bytes:
            raise RemoteError(Fault.TOO_LARGE, f"{self._name} sends more than {self._link.max_reply_bytes} bytes")

    def _received(self, deadline_ns: int) -> bytes:
        data = self._stream.receive(deadline_ns)
        self._ended = not data
        if self._ended and self._protocol.their_state is h11.SEND_RESPONSE:
            raise RemoteError(Fault.CLOSED, f"{self._name} closed the connection without an answer")
        return data
