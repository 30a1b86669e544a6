# SPDX-License-Identifier: Apache-2.0
"""Damaged bytes on the line itself, below the protocols: every exchange ends in time, with a name or an answer."""

import base64
import contextlib
import hashlib
import socket
import struct
import threading
import time
import tracemalloc

import numpy as np
import pytest

from tools.fuzz_replies import answers
from vla_ros.policy.remote import Link, PolicyClient, RemoteError, endpoint_of
from vla_ros.policy.remote.protocols import PROTOCOLS

PAYLOAD = {"image": np.zeros((4, 4, 3), np.uint8), "prompt": "go"}
LIMIT = 1 << 16
DEADLINE_S = 30.0  # nothing waits for it: the peer ends every connection
COUNT = 150


class BrokenPeer:
    """Shakes hands as it should, answers the first request with what it is given, and closes."""

    def __init__(self, greeting):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._greeting = greeting
        self.answer = b""
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def port(self):
        return self._listener.getsockname()[1]

    def close(self):
        self._listener.close()

    def _serve(self):
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), peer:
                request = peer.recv(1 << 16)
                if b"websocket" in request.lower():
                    peer.sendall(_accepted(request) + self._greeting)
                    peer.recv(1 << 16)
                peer.sendall(self.answer)
                peer.shutdown(socket.SHUT_WR)
                while peer.recv(1 << 16):  # so that no reset overtakes what was sent
                    pass


def _accepted(request):
    key = next(line for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")).split()[-1]
    digest = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return head + b"Sec-WebSocket-Accept: " + digest + b"\r\n\r\n"


def websocket_frame(body):
    return struct.pack(">BBH", 0x82, 126, len(body)) + body


def http_response(body):
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def damaged(data, random):
    """Return the bytes with a few of them changed, some left out, or with others in front of them."""
    data = bytearray(data)
    for _ in range(int(random.integers(1, 4))):
        data[int(random.integers(min(len(data), 120)))] = int(random.integers(256))
    if random.random() < 0.3:
        del data[int(random.integers(len(data))) :]
    if random.random() < 0.2:
        data[:0] = random.bytes(int(random.integers(1, 40)))
    return bytes(data)


@pytest.mark.parametrize(
    ("protocol", "frame"),
    [("openpi", websocket_frame), ("vllm_omni", websocket_frame), ("openvla", http_response), ("http", http_response)],
)
def test_damaged_bytes_end_every_exchange_by_name_and_in_time(protocol, frame, capfd):
    random = np.random.default_rng(4)
    wire = PROTOCOLS[protocol].make()
    peer = BrokenPeer(websocket_frame(b"\x80"))
    endpoint = endpoint_of(f"{wire.schemes[0]}://127.0.0.1:{peer.port}", wire.schemes)
    tracemalloc.start()
    named = 0
    for message in answers(protocol, COUNT, seed=5):
        peer.answer = damaged(frame(message.body), random)
        client = PolicyClient(wire, Link(endpoint, max_reply_bytes=LIMIT))
        begun = time.monotonic()
        try:
            client.infer(PAYLOAD, time.monotonic_ns() + round(DEADLINE_S * 1e9))
        except RemoteError:
            named += 1
        client.close()
        assert time.monotonic() - begun < DEADLINE_S
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    peer.close()
    assert named > COUNT / 2
    assert peak < 8 << 20
    assert "Traceback" not in capfd.readouterr().err
