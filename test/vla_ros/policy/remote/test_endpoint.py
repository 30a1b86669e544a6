# SPDX-License-Identifier: Apache-2.0
"""Which addresses are permitted, and that tokens are never shown."""

import pytest

from vla_ros.errors import ConfigError, PolicyError
from vla_ros.policy.remote.endpoint import Token, endpoint_of, token_of
from vla_ros.policy.remote.transports.transport import Link

WEB = ("ws", "wss")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "[::1]"])
def test_this_machine_needs_no_encryption(host):
    assert endpoint_of(f"ws://{host}:8000", WEB).port == 8000


@pytest.mark.parametrize("host", ["10.0.0.2", "gpu.example", "0.0.0.0", "[fe80::1]", "localhost.evil.example"])
def test_another_machine_needs_encryption_or_a_tunnel(host):
    with pytest.raises(ConfigError, match="tunnel"):
        endpoint_of(f"ws://{host}:8000", WEB)
    assert endpoint_of(f"wss://{host}", WEB).encrypted
    assert not endpoint_of(f"ws://{host}:8000", WEB, tunnel=True).encrypted


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("http://127.0.0.1:80", "unknown scheme"),
        ("ws://user:word@127.0.0.1:80", "password"),
        ("ws://127.0.0.1:99999", "no address"),
        ("ws://:8000", "lacks a host"),
        ("127.0.0.1:8000", "scheme"),
    ],
)
def test_wrong_address_is_refused_with_a_sentence(url, part):
    with pytest.raises(ConfigError, match=part):
        endpoint_of(url, WEB)


def test_address_of_zeromq_needs_a_port():
    with pytest.raises(ConfigError, match="port"):
        endpoint_of("tcp://127.0.0.1", ("tcp",))


def test_path_and_query_are_kept():
    assert str(endpoint_of("ws://[::1]:8000/v1/x?a=1", WEB)) == "ws://[::1]:8000/v1/x?a=1"


def test_token_comes_from_the_environment_and_is_never_shown(monkeypatch):
    monkeypatch.setenv("A_TOKEN", " s3cret \n")
    token = token_of("A_TOKEN")
    link = Link(endpoint_of("ws://localhost:1", WEB), token, "Api-Key")
    assert link.authorization == {"Authorization": "Api-Key s3cret"}
    assert "s3cret" not in f"{token} {token!r} {link} {link!r}"
    assert not Token()


def test_token_that_is_missing_or_none_is_refused(monkeypatch):
    monkeypatch.delenv("A_TOKEN", raising=False)
    with pytest.raises(PolicyError, match="A_TOKEN"):
        token_of("A_TOKEN")
    monkeypatch.setenv("A_TOKEN", "a\r\nHost: evil")
    with pytest.raises(PolicyError, match="no token"):
        token_of("A_TOKEN")
