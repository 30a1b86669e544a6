# SPDX-License-Identifier: Apache-2.0
"""Every way in which a server can fail, over real sockets and in every protocol: a named fault, then recovery."""

import socket
import time

import numpy as np
import pytest

from vla_ros.policy.remote import Fault, Link, PolicyClient, RemoteError, endpoint_of
from vla_ros.policy.remote.protocols import PROTOCOLS
from vla_ros.serving import ServingConfig, serving
from vla_ros.serving.fake import Behaviour, FakeConfig, fake_server

PAYLOAD = {"image": np.zeros((8, 8, 3), np.uint8), "prompt": "go"}
LIMIT = 1 << 16
SHORT_S = 0.3  # where the server never answers in time: the test takes that long

FAULTS = {
    Behaviour.HANGING: {Fault.TIMEOUT},
    Behaviour.DROPPING: {Fault.CLOSED},
    Behaviour.MALFORMED: {Fault.MALFORMED, Fault.TOO_LARGE},  # random bytes may promise too much
    Behaviour.HUGE: {Fault.TOO_LARGE},
    Behaviour.ERROR: {Fault.SERVER_ERROR},
}
# ZeroMQ hides a lost or disconnected peer: that it does not answer is all that shows.
SILENT_OVER_ZEROMQ = (Behaviour.DROPPING, Behaviour.HUGE)


@pytest.fixture
def client_of():
    """Return a function that makes a client; all are closed at the end."""
    clients = []

    def make(protocol, url, **options):
        wire = PROTOCOLS[protocol].make()
        clients.append(PolicyClient(wire, Link(endpoint_of(url, wire.schemes), max_reply_bytes=LIMIT), **options))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def asked(client, within, seconds=30.0):
    return client.infer(PAYLOAD, within(seconds)).arrays["actions"]


@pytest.mark.parametrize("behaviour", FAULTS, ids=lambda behaviour: behaviour.value)
@pytest.mark.parametrize("protocol", sorted(PROTOCOLS))
def test_fault_has_a_name_and_ends_by_the_deadline(client_of, within, protocol, behaviour):
    silent = behaviour is Behaviour.HANGING or (protocol.startswith("groot") and behaviour in SILENT_OVER_ZEROMQ)
    expected = {Fault.TIMEOUT} if silent else FAULTS[behaviour]
    with fake_server(protocol, FakeConfig(behaviour, huge_bytes=1 << 40 if not silent else LIMIT * 2)) as server:
        client = client_of(protocol, server.url)
        client.connect(within())
        with pytest.raises(RemoteError) as caught:
            asked(client, within, SHORT_S if silent else 30.0)
        assert caught.value.fault in expected
        assert client.epoch > 0
        assert not client.connected
        assert client.faults == {caught.value.fault: 1}


@pytest.mark.parametrize("protocol", sorted(PROTOCOLS))
def test_client_recovers_when_the_server_comes_back(client_of, within, protocol):
    with fake_server(protocol, FakeConfig(value=1.0)) as server:
        url, port = server.url, int(server.url.rpartition(":")[2].partition("/")[0])
        client = client_of(protocol, url)
        assert (asked(client, within) == 1.0).all()
    with pytest.raises(RemoteError) as caught:
        asked(client, within, SHORT_S)
    assert caught.value.fault in (Fault.UNREACHABLE, Fault.CLOSED, Fault.TIMEOUT)
    with fake_server(protocol, FakeConfig(value=2.0), port):
        assert (asked(client, within) == 2.0).all()


@pytest.mark.parametrize("protocol", ["openpi", "groot", "http"])
def test_late_reply_is_never_taken_for_the_next_one(client_of, within, protocol):
    with fake_server(protocol, FakeConfig(Behaviour.LATE, value=1.0, delay_s=2 * SHORT_S)) as server:
        client = client_of(protocol, server.url)
        client.connect(within())
        with pytest.raises(RemoteError, match="timeout"):
            asked(client, within, SHORT_S)
        assert (asked(client, within) == 2.0).all()
        time.sleep(2 * SHORT_S)  # by now the late reply has been sent
        assert (asked(client, within) == 3.0).all()


def test_nobody_there_is_unreachable(client_of, within):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(RemoteError, match="unreachable"):
            client_of("openpi", f"ws://127.0.0.1:{free.getsockname()[1]}").connect(within())


@pytest.mark.parametrize("protocol", ["openpi", "openvla"])
def test_server_that_accepts_and_says_nothing_is_a_timeout(client_of, within, protocol):
    scheme = "ws" if protocol == "openpi" else "http"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = client_of(protocol, f"{scheme}://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(RemoteError, match="timeout"):
            asked(client, within, SHORT_S)


def test_server_that_does_not_read_is_a_timeout(client_of, within):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = client_of("openvla", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(RemoteError, match="timeout"):
            client.infer({"image": np.zeros(30_000_000, np.uint8)}, within(1.0))


def test_other_protocol_at_that_port_is_named(client_of, within):
    with fake_server("openvla") as server:
        with pytest.raises(RemoteError) as caught:
            client_of("openpi", server.url.replace("http", "ws")).connect(within())
        assert caught.value.fault in (Fault.REFUSED, Fault.MALFORMED)


def test_deadline_that_has_passed_sends_nothing(client_of, within):
    with fake_server("openpi") as server:
        client = client_of("openpi", server.url)
        client.connect(within())
        with pytest.raises(RemoteError, match="timeout"):
            asked(client, within, -1.0)
        assert server.policy.requests == 0


def test_idle_connection_that_the_server_closed_is_opened_again_unnoticed(client_of, within):
    with fake_server("vllm_omni") as server:
        client = client_of("vllm_omni", server.url)
        asked(client, within)
        client._connection._stream._socket.shutdown(socket.SHUT_RDWR)
        asked(client, within)
        assert client.faults == {}


@pytest.mark.parametrize("protocol", ["roboarena", "vllm_omni", "groot", "http"])
def test_reset_reaches_servers_that_have_one(client_of, within, protocol):
    with fake_server(protocol) as server:
        client = client_of(protocol, server.url)
        before = client.epoch
        client.reset(within())
        assert server.policy.resets == 1
        assert client.epoch > before


def test_reset_of_a_protocol_without_one_is_a_new_connection(client_of, within):
    with fake_server("openpi") as server:
        client = client_of("openpi", server.url)
        client.connect(within())
        client.reset(within())
        assert not client.connected


def test_answer_of_a_run_that_is_over_is_dropped(client_of, within):
    client = None

    def policy(observation):
        client.interrupt()  # while the server works on it
        return np.zeros((2, 2))

    with serving(policy, ServingConfig(port=0)) as port:
        client = client_of("openpi", f"ws://127.0.0.1:{port}")
        with pytest.raises(RemoteError, match="outdated"):
            client.infer(PAYLOAD, within())


def test_greeting_and_configuration_are_the_description(client_of, within):
    with fake_server("roboarena") as server:
        assert client_of("roboarena", server.url).connect(within())["action_space"] == "joint_velocity"
    with fake_server("groot") as server:
        assert "video" in client_of("groot", server.url).connect(within())
