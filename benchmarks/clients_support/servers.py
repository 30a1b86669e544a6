# SPDX-License-Identifier: Apache-2.0
"""Peers of the measured clients, each in a process of its own: bare bytes, a WebSocket stub, the suite's server.

The stub does for a WebSocket what the bare peer does for bytes: it reads the request into one buffer and answers with
a frame made beforehand, so that what a client takes longer than bare bytes is the client's own.
"""

import base64
import contextlib
import hashlib
import multiprocessing
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

import numpy as np

from vla_ros.policy.remote.codecs import openpi_msgpack
from vla_ros.serving import ServingConfig, serving

__all__ = ["ANSWER", "bare_peer", "receive_exactly", "stub_server", "suite_server"]

ANSWER = {"actions": np.zeros((15, 8), np.float32)}
ACCEPT_KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
BINARY_FIN, LENGTH_16, LENGTH_64 = 0x82, 126, 127  # RFC 6455, section 5.2
MASK_BYTES = 4

Peer = Callable[[socket.socket], None]


@contextlib.contextmanager
def bare_peer(request_bytes: int, answer_bytes: int) -> Iterator[int]:
    """Answer so many bytes with so many; yields the port."""
    with _process(_listen_bare, request_bytes, answer_bytes) as port:
        yield port


@contextlib.contextmanager
def stub_server() -> Iterator[int]:
    """Answer openpi's requests without looking at them; yields the port."""
    with _process(_listen_stub) as port:
        yield port


@contextlib.contextmanager
def suite_server() -> Iterator[int]:
    """Serve a policy that answers at once with ``vla_ros.serving``; yields the port."""
    with _process(_serve_suite) as port:
        yield port


def receive_exactly(peer: socket.socket, size: int) -> bytearray:
    """Return ``size`` bytes; empty where the stream ends before."""
    buffer = bytearray(size)
    view = memoryview(buffer)
    while view:
        count = peer.recv_into(view)
        if not count:
            return bytearray()
        view = view[count:]
    return buffer


@contextlib.contextmanager
def _process(target: Callable[..., None], *arguments: int) -> Iterator[int]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=target, args=(there, *arguments), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()


def _listen_bare(pipe: Connection, request_bytes: int, answer_bytes: int) -> None:
    def exchange(peer: socket.socket) -> None:
        while receive_exactly(peer, request_bytes):
            peer.sendall(bytes(answer_bytes))

    _listen(pipe, exchange)


def _listen_stub(pipe: Connection) -> None:
    greeting, answer = (_frame(openpi_msgpack.pack(value)) for value in ({}, ANSWER))

    def exchange(peer: socket.socket) -> None:
        _shake_hands(peer)
        peer.sendall(greeting)
        while _discard_frame(peer):
            peer.sendall(answer)

    _listen(pipe, exchange)


def _listen(pipe: Connection, exchange: Peer) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    pipe.send(listener.getsockname()[1])
    while True:
        peer, _ = listener.accept()
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=exchange, args=(peer,), daemon=True).start()


def _shake_hands(peer: socket.socket) -> None:
    request = b""
    while not request.endswith(b"\r\n\r\n"):
        request += peer.recv(4096)
    headers = {name.lower(): value for name, _, value in (line.partition(b": ") for line in request.split(b"\r\n"))}
    digest = base64.b64encode(hashlib.sha1(headers[b"sec-websocket-key"] + ACCEPT_KEY).digest())
    upgrade = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    peer.sendall(upgrade + b"Sec-WebSocket-Accept: " + digest + b"\r\n\r\n")


def _discard_frame(peer: socket.socket) -> bool:
    head = receive_exactly(peer, 2)
    if not head or head[0] != BINARY_FIN:
        return False
    size = head[1] & 0x7F
    if size == LENGTH_16:
        (size,) = struct.unpack(">H", receive_exactly(peer, 2))
    elif size == LENGTH_64:
        (size,) = struct.unpack(">Q", receive_exactly(peer, 8))
    return bool(receive_exactly(peer, MASK_BYTES + size))


def _frame(body: bytes) -> bytes:
    size = struct.pack(">B", len(body)) if len(body) < LENGTH_16 else struct.pack(">BH", LENGTH_16, len(body))
    return bytes([BINARY_FIN]) + size + body


def _serve_suite(pipe: Connection) -> None:
    with serving(lambda observation: ANSWER, ServingConfig(port=0)) as port:
        pipe.send(port)
        threading.Event().wait()
