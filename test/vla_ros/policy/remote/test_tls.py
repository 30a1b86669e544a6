# SPDX-License-Identifier: Apache-2.0
"""TLS in front of policy servers: what is trusted, what is refused by name, and that a token is never shown."""

import contextlib
import logging
import socket
import ssl
import threading

import numpy as np
import pytest

from vla_ros.policy.remote import Fault, Link, PolicyClient, RemoteError, Token, endpoint_of
from vla_ros.policy.remote.protocols import PROTOCOLS
from vla_ros.serving.fake import Behaviour, FakeConfig, fake_server

trustme = pytest.importorskip("trustme")

PAYLOAD = {"image": np.zeros((8, 8, 3), np.uint8), "prompt": "go"}
SECRET = "s3cret-0f-the-server"


class TlsFront:
    """Ends TLS and forwards to a server without it, as a proxy does; keeps what clients sent."""

    def __init__(self, certificate, backend):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(self._context)
        self._backend = backend
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.received = bytearray()
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def port(self):
        return self._listener.getsockname()[1]

    def close(self):
        self._listener.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                threading.Thread(target=self._forward, args=(peer,), daemon=True).start()

    def _forward(self, plain):
        with contextlib.suppress(OSError, ssl.SSLError):
            peer = self._context.wrap_socket(plain, server_side=True)
            behind = socket.create_connection(("127.0.0.1", self._backend))
            threading.Thread(target=self._pump, args=(behind, peer, None), daemon=True).start()
            self._pump(peer, behind, self.received)

    @staticmethod
    def _pump(source, sink, copy):
        with contextlib.suppress(OSError, ssl.SSLError):
            while data := source.recv(1 << 16):
                if copy is not None:
                    copy.extend(data)
                sink.sendall(data)
        for end in (source, sink):
            end.close()


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def trusted(authority, tmp_path, monkeypatch):
    """Let this machine trust the authority, as an administrator would."""
    file = tmp_path / "authorities.pem"
    authority.cert_pem.write_to_path(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))


@pytest.fixture
def front_of(authority):
    """Return a function that puts TLS before a server; all ends at the end."""
    fronts = []

    def make(url, *names):
        port = int(url.rpartition(":")[2].partition("/")[0])
        fronts.append(TlsFront(authority.issue_cert(*(names or ("localhost",))), port))
        return fronts[-1]

    yield make
    for front in fronts:
        front.close()


def client_at(protocol, port, token=""):
    wire = PROTOCOLS[protocol].make()
    scheme = next(scheme for scheme in wire.schemes if scheme in ("wss", "https"))
    return PolicyClient(wire, Link(endpoint_of(f"{scheme}://localhost:{port}", wire.schemes), Token(token), "Bearer"))


@pytest.mark.parametrize("protocol", ["openpi", "vllm_omni", "openvla", "http"])
def test_server_behind_tls_is_asked_like_any_other(front_of, trusted, within, protocol):
    with fake_server(protocol, FakeConfig(value=1.0)) as server:
        client = client_at(protocol, front_of(server.url).port)
        assert (client.infer(PAYLOAD, within()).arrays["actions"] == 1.0).all()
        assert (client.infer(PAYLOAD, within()).arrays["actions"] == 1.0).all()
        client.close()


def refused(client, within):
    with pytest.raises(RemoteError) as caught:
        client.infer(PAYLOAD, within())
    assert caught.value.fault is Fault.REFUSED
    return str(caught.value)


@pytest.mark.parametrize("protocol", ["openpi", "openvla"])
def test_certificate_of_an_unknown_authority_is_refused(front_of, within, protocol):
    with fake_server(protocol) as server:
        front = front_of(server.url)
        assert "TLS" in refused(client_at(protocol, front.port, SECRET), within)
        assert not front.received, "nothing was said before the server was known"


def test_certificate_of_another_host_is_refused(front_of, trusted, within):
    with fake_server("openpi") as server:
        front = front_of(server.url, "elsewhere.example")
        assert "TLS" in refused(client_at("openpi", front.port, SECRET), within)
        assert not front.received


def test_server_without_tls_is_not_spoken_to_without_it(trusted, within):
    with fake_server("openpi") as server:
        port = int(server.url.rpartition(":")[2])
        assert "TLS" in refused(client_at("openpi", port, SECRET), within)


def test_server_that_never_shakes_hands_is_a_timeout(trusted, within):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = client_at("openpi", silent.getsockname()[1])
        with pytest.raises(RemoteError, match="timeout"):
            client.connect(within(0.3))


@pytest.mark.parametrize("protocol", ["openpi", "openvla"])
def test_token_is_sent_and_shown_nowhere(front_of, trusted, within, protocol, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    with fake_server(protocol, FakeConfig(Behaviour.ERROR)) as server:
        front = front_of(server.url)
        client = client_at(protocol, front.port, SECRET)
        with pytest.raises(RemoteError) as caught:
            client.infer(PAYLOAD, within())
        client.close()
    assert f"Authorization: Bearer {SECRET}".encode() in bytes(front.received)
    shown = [str(caught.value), repr(caught.value), repr(vars(client)), caplog.text, *capfd.readouterr()]
    assert not any(SECRET in text for text in shown)
