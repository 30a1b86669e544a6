# SPDX-License-Identifier: Apache-2.0
"""Any Python policy served over WebSocket and HTTP, as the suite's client sees it."""

import time
import urllib.request

import numpy as np
import pytest

from vla_ros.errors import ConfigError
from vla_ros.policy.remote import Link, PolicyClient, RemoteError, endpoint_of
from vla_ros.policy.remote.protocols import PROTOCOLS
from vla_ros.serving import ServingConfig, serving

WAYS = [("websocket", "openpi", "ws"), ("websocket", "vllm_omni", "ws"), ("http", "http", "http")]


class Counting:
    """A policy that returns how often it was asked since the last reset."""

    def __init__(self):
        self.count = self.resets = 0

    def __call__(self, observation):
        if observation.get("prompt") == "fail":
            raise ValueError("no such task")
        self.count += 1
        return {"actions": np.full((3, 2), self.count, np.float32), "seen": observation["image"].sum(keepdims=True)}

    def reset(self):
        self.count, self.resets = 0, self.resets + 1


@pytest.fixture(params=WAYS, ids=lambda way: way[1])
def served(request):
    protocol, dialect, scheme = request.param
    policy = Counting()
    with serving(policy, ServingConfig(port=0, protocol=protocol, specification={"rows": 3})) as port:
        wire = PROTOCOLS[dialect].make()
        client = PolicyClient(wire, Link(endpoint_of(f"{scheme}://127.0.0.1:{port}", wire.schemes)))
        yield policy, client, port
        client.close()


def soon():
    return time.monotonic_ns() + 30_000_000_000


def test_answers_come_back_as_arrays_with_the_servers_time(served):
    _, client, _ = served
    reply = client.infer({"image": np.ones((4, 4, 3), np.uint8), "prompt": "go"}, soon())
    np.testing.assert_array_equal(reply.arrays["actions"], np.ones((3, 2)))
    assert reply.arrays["seen"].sum() == 48
    assert reply.timings_ms["infer_ms"] >= 0.0


def test_specification_is_told_at_the_handshake(served):
    assert dict(served[1].connect(soon())) == {"rows": 3}


def test_policy_that_fails_is_a_sentence_and_the_server_goes_on(served, capsys):
    _, client, _ = served
    with pytest.raises(RemoteError, match="no such task"):
        client.infer({"image": np.ones(1), "prompt": "fail"}, soon())
    client.infer({"image": np.ones(1), "prompt": "go"}, soon())
    assert "ValueError" in capsys.readouterr().err


def test_reset_reaches_the_policy_where_the_protocol_has_one(served):
    policy, client, _ = served
    client.infer({"image": np.ones(1)}, soon())
    client.reset(soon())
    client.infer({"image": np.ones(1)}, soon())
    assert policy.count == (1 if client.capabilities.reset else 2)


def test_health_is_answered(served):
    with urllib.request.urlopen(f"http://127.0.0.1:{served[2]}/healthz", timeout=30) as answer:
        assert answer.read() == b"OK\n"


def test_address_off_this_machine_is_refused():
    with pytest.raises(ConfigError, match="tunnel"):
        ServingConfig(host="0.0.0.0")
    assert ServingConfig(host="0.0.0.0", tunnel=True).host == "0.0.0.0"


def test_unknown_protocol_names_the_nearest():
    with pytest.raises(ConfigError, match="websocket"):
        ServingConfig(protocol="websockets")
