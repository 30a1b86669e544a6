# SPDX-License-Identifier: Apache-2.0
"""A fake server of GR00T's protocol. A ROUTER stands for REP, so that a request can stay without an answer."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import zmq

from vla_ros.policy.remote.codecs import groot_msgpack
from vla_ros.serving.fake.answers import actions_frame, error_frame
from vla_ros.serving.fake.behaviour import Damage, FakePolicy

__all__ = ["FakeZeroMqServer"]

POLL_MS = 5
MODALITIES = {
    kind: {"__ModalityConfig_class__": True, "as_json": {"delta_indices": [0], "modality_keys": []}}
    for kind in ("video", "state", "action", "language")
}


@dataclass(frozen=True, slots=True)
class _Due:
    """An answer that waits for its time."""

    at_s: float
    peer: bytes
    body: bytes


class FakeZeroMqServer:
    """See :class:`vla_ros.serving.fake.server.FakeServer`."""

    def __init__(self, protocol: str, policy: FakePolicy, port: int) -> None:
        """Listen."""
        self.policy = policy
        self._protocol = protocol
        self._ending = threading.Event()
        self._waiting: list[_Due] = []
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.ROUTER)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._port = port
        if port:
            self._socket.bind(f"tcp://127.0.0.1:{port}")
        else:
            self._port = self._socket.bind_to_random_port("tcp://127.0.0.1")

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"tcp://127.0.0.1:{self._port}"

    def serve_forever(self) -> None:
        """Serve until ``shutdown``."""
        while not self._ending.is_set():
            if self._socket.poll(POLL_MS):
                peer, _, request = self._socket.recv_multipart()
                self._waiting += self._due(peer, groot_msgpack.unpack(request))
            now_s = time.monotonic()
            for due in [due for due in self._waiting if due.at_s <= now_s]:
                self._waiting.remove(due)
                self._socket.send_multipart([due.peer, b"", due.body])
        self._socket.close()
        self._context.term()

    def shutdown(self) -> None:
        """End."""
        self._ending.set()

    def _due(self, peer: bytes, request: dict[str, object]) -> list[_Due]:
        """Return the answer, if there is to be one."""
        now_s = time.monotonic()
        endpoint = request.get("endpoint", "get_action")
        if endpoint != "get_action":
            if endpoint == "reset":
                self.policy.reset()
            return [_Due(now_s, peer, groot_msgpack.pack(MODALITIES if endpoint == "get_modality_config" else {}))]
        answer = self.policy.answer()
        if answer.damage is Damage.CUT:
            return []
        body = actions_frame(self._protocol, answer.actions, self.policy.config)
        if answer.damage is Damage.GARBAGE:
            body = self.policy.garbage()
        elif answer.damage is Damage.ERROR:
            body = error_frame(self._protocol)[0]
        elif answer.damage is Damage.HUGE:
            body = bytes(self.policy.config.huge_bytes)
        return [_Due(now_s + answer.delay_s, peer, body)]
