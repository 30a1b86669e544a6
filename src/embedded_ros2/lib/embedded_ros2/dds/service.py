# SPDX-License-Identifier: Apache-2.0
"""Services over a pair of topics: request identities, availability, and not losing the first reply.

Each request and reply carries 16 bytes between the encapsulation header and the body: the instance handle of the
client's request writer and a counter. The server echoes them; a client keeps the replies that carry its own handle.
"""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from . import names
from .endpoints import Reader, Writer
from .participant import Participant
from .qos import EndpointQos

Decoded = TypeVar("Decoded")
_IDENTITY = struct.Struct("<Qq")
_ENCAPSULATION = b"\x00\x01\x00\x00"  # XCDR1, little endian
BODY_START = len(_ENCAPSULATION) + _IDENTITY.size
# decode(data, index of the body's first byte) -> message; encode(what stands before the body) -> data
Decode = Callable[[memoryview, int], Decoded]
Encode = Callable[[bytes], bytearray]
# A server waits so long for the client's reply reader before it replies; the values of the real middleware.
_MATCH_TIMEOUT_S = 0.1
_MATCH_POLL_S = 0.01


def _role_id(raw: bytes) -> str:
    """Return 16 bytes as USER_DATA spells them: hex joined by dots, the first padded to two columns by a space."""
    return f"{raw[0]:2x}" + "".join(f".{byte:x}" for byte in raw[1:])


def _user_data(role: str, role_id: str, type_hash: str) -> bytes:
    return f"{role}={role_id};typehash={type_hash};".encode()


def _split(data: memoryview, decode: Decode) -> tuple[bytes, Decoded]:
    """Return identity and message; ValueError when it is too short for both."""
    if len(data) < BODY_START:
        raise ValueError(f"a service message of {len(data)} bytes is too short")
    return bytes(data[len(_ENCAPSULATION) : BODY_START]), decode(data, BODY_START)


class ServiceTypes:
    """DDS type names and hashes of a service's request and response."""

    __slots__ = ("request", "request_hash", "response", "response_hash")

    def __init__(self, request: str, response: str, request_hash: str, response_hash: str):
        self.request, self.response = request, response
        self.request_hash, self.response_hash = request_hash, response_hash


class ServiceServer:
    """Takes requests and writes replies."""

    def __init__(self, participant: Participant, service: str, types: ServiceTypes, qos: EndpointQos):
        role_id = _role_id(participant.unique_id())
        self.reader = participant.create_reader(
            names.request_topic(service),
            types.request,
            replace(qos, user_data=_user_data("serviceid", role_id, types.request_hash)),
        )
        self.writer = participant.create_writer(
            names.reply_topic(service),
            types.response,
            replace(qos, user_data=_user_data("serviceid", role_id, types.response_hash)),
        )
        # Request writers whose reply readers are known to be matched.
        self._ready_clients: set[int] = set()

    def take_request(self, decode: Decode) -> tuple[Decoded, tuple[bytes, int], int] | None:
        """Take a request: what ``decode`` makes of it, what send_reply() needs, and its time stamp [ns]."""
        taken = self.reader.take(lambda data: _split(data, decode))
        if taken is None:
            return None
        (identity, message), origin = taken
        return message, (identity, origin.publication_handle), origin.source_timestamp_ns

    def send_reply(self, encode: Encode, request: tuple[bytes, int]) -> None:
        """Write the reply to a request; waits up to 100 ms for the client to be able to read it."""
        identity, publication_handle = request
        self._await_client(publication_handle)
        self.writer.write(encode(_ENCAPSULATION + identity))

    def _await_client(self, publication_handle: int) -> None:
        if publication_handle in self._ready_clients:
            return
        client_id = self.reader.publisher_user_data(publication_handle).get("clientid")
        deadline_s = time.monotonic() + _MATCH_TIMEOUT_S
        while time.monotonic() < deadline_s:
            readers = {fields.get("clientid") for fields in self.writer.matched_user_data()}
            if client_id in readers or (client_id is None and readers):
                self._ready_clients.add(publication_handle)
                return
            time.sleep(_MATCH_POLL_S)

    def close(self) -> None:
        """Delete both endpoints."""
        self.reader.close()
        self.writer.close()


class ServiceClient:
    """Writes requests and takes the replies to them."""

    def __init__(self, participant: Participant, service: str, types: ServiceTypes, qos: EndpointQos):
        role_id = _role_id(participant.unique_id())
        # The reply reader first: a server that sees the request writer may reply at once.
        self.reader: Reader = participant.create_reader(
            names.reply_topic(service),
            types.response,
            replace(qos, user_data=_user_data("clientid", role_id, types.response_hash)),
        )
        self.writer: Writer = participant.create_writer(
            names.request_topic(service),
            types.request,
            replace(qos, user_data=_user_data("clientid", role_id, types.request_hash)),
        )
        self._sequence_number = 0
        self._lock = threading.Lock()

    def new_number(self) -> int:
        """Return the number for the next request."""
        with self._lock:
            self._sequence_number += 1
            return self._sequence_number

    def send_request(self, encode: Encode, number: int) -> None:
        """Write a request; its reply will carry ``number``."""
        self.writer.write(encode(_ENCAPSULATION + _IDENTITY.pack(self.writer.instance_handle, number)))

    def take_reply(self, decode: Decode) -> tuple[Decoded, int, int] | None:
        """Take a reply to this client: decoded, the number of its request, and its time stamp [ns]."""
        while (taken := self.reader.take(lambda data: self._own_reply(data, decode))) is not None:
            reply, origin = taken
            if reply is not None:
                message, number = reply
                return message, number, origin.source_timestamp_ns
        return None

    def _own_reply(self, data: memoryview, decode: Decode) -> tuple[Decoded, int] | None:
        """Decode a reply unless it is another client's: all clients of a service share its reply topic."""
        identity, _ = _split(data, lambda data, start: None)
        client, number = _IDENTITY.unpack(identity)
        return (decode(data, BODY_START), number) if client == self.writer.instance_handle else None

    def is_server_available(self) -> bool:
        """Whether one and the same server is matched in both directions."""
        request_readers = self.writer.matched_user_data()
        reply_writers = self.reader.matched_user_data()
        servers = {fields["serviceid"] for fields in request_readers if "serviceid" in fields}
        if not servers:
            return bool(request_readers) and bool(reply_writers)
        return any(fields.get("serviceid") in servers for fields in reply_writers)

    def close(self) -> None:
        """Delete both endpoints."""
        self.writer.close()
        self.reader.close()
