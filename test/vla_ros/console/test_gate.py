# SPDX-License-Identifier: Apache-2.0
"""The console's door: own page and token in, everybody else out; bytes pass unchanged in both directions."""

import socket
import threading
from collections.abc import Iterator

import pytest

from vla_ros.console.gate import Gate, Request, Verdict, judge

TOKEN = "s3cret"


def request(target: str = "/", **headers: str) -> Request:
    """Return a request, to the host ``robot:8080`` where no other is given."""
    return Request(target, {"host": "robot:8080", **headers})


@pytest.mark.parametrize(
    ("asked", "token", "verdict"),
    [
        (request(host="localhost:8080"), "", Verdict.PASS),
        (request(host="127.0.0.1:8080", origin="http://127.0.0.1:8080"), "", Verdict.PASS),
        (request(host="[::1]:8080"), "", Verdict.PASS),
        (request(host="localhost:8080", origin="http://evil.example"), "", Verdict.FOREIGN),
        (request(host="localhost:8080", origin="null"), "", Verdict.FOREIGN),
        (request(host="evil.example:8080", origin="http://evil.example:8080"), "", Verdict.FOREIGN),
        (request(), TOKEN, Verdict.NO_TOKEN),
        (request("/?token=guess"), TOKEN, Verdict.NO_TOKEN),
        (request(f"/?token={TOKEN}"), TOKEN, Verdict.ADMIT),
        (request(cookie=f"other=1; vla_console={TOKEN}"), TOKEN, Verdict.PASS),
        (request(cookie="vla_console=guess"), TOKEN, Verdict.NO_TOKEN),
        (request(cookie="vla_console=\x00;;=,"), TOKEN, Verdict.NO_TOKEN),
        (request(f"/?token={TOKEN}", origin="http://evil.example"), TOKEN, Verdict.FOREIGN),
    ],
)
def test_request_is_judged(asked: Request, token: str, verdict: Verdict) -> None:
    assert judge(asked, token) is verdict


@pytest.mark.parametrize("head", [b"", b"hello", b"POST / HTTP/1.1", b"GET / SPDY/3", b"\x16\x03\x01 a b"])
def test_what_no_browser_asks_is_no_request(head: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Request.parse(head)


class Server:
    """Stands for the web server: says what it got, then echoes."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.heads: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    head += connection.recv(1)
                self.heads.append(head)
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                while data := connection.recv(4096):
                    connection.sendall(data)


@pytest.fixture
def server() -> Iterator[Server]:
    """Return a web server."""
    made = Server()
    yield made
    made.close()


def ask(gate: Gate, *lines: str, then: bytes = b"") -> bytes:
    """Send a request with these lines, and bytes behind it; return all that comes back."""
    with socket.create_connection(("127.0.0.1", gate.port), timeout=20.0) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n") and (data := connection.recv(4096)):
            answer += data
        if then:
            connection.sendall(then)
        connection.shutdown(socket.SHUT_WR)
        while data := connection.recv(4096):
            answer += data
        return answer


def test_web_socket_passes_unchanged_both_ways(server: Server) -> None:
    gate = Gate("127.0.0.1", 0, server.port)
    lines = (
        "GET / HTTP/1.1",
        "Host: localhost",
        "Origin: http://localhost",
        "Connection: Upgrade",
        "Upgrade: websocket",
    )
    data = bytes(range(256)) * 1000
    answer = ask(gate, *lines, then=data)
    gate.close()
    assert server.heads == ["\r\n".join([*lines, "", ""]).encode()]
    assert answer == b"HTTP/1.1 200 OK\r\n\r\n" + data


def test_each_plain_request_has_a_connection_of_its_own(server: Server) -> None:
    gate = Gate("127.0.0.1", 0, server.port)
    ask(gate, "GET /a.js HTTP/1.1", "Host: localhost", "Connection: keep-alive")
    gate.close()
    assert server.heads[0].split(b"\r\n")[:2] == [b"GET /a.js HTTP/1.1", b"Connection: close"]
    assert b"keep-alive" not in server.heads[0]


def test_token_in_the_address_becomes_a_cookie_and_the_cookie_lets_in(server: Server) -> None:
    gate = Gate("127.0.0.1", 0, server.port, TOKEN)
    refused = ask(gate, "GET / HTTP/1.1", "Host: a")
    admitted = ask(gate, f"GET /?token={TOKEN} HTTP/1.1", "Host: a")
    entered = ask(gate, "GET / HTTP/1.1", "Host: a", f"Cookie: vla_console={TOKEN}")
    gate.close()
    assert refused.startswith(b"HTTP/1.1 401")
    assert b"303" in admitted.splitlines()[0]
    assert b"HttpOnly; SameSite=Strict" in admitted
    assert entered.startswith(b"HTTP/1.1 200")
    assert len(server.heads) == 1, "nothing of the refused ones reached the server"


def test_foreign_page_and_nonsense_are_refused(server: Server) -> None:
    gate = Gate("127.0.0.1", 0, server.port)
    foreign = ask(gate, "GET / HTTP/1.1", "Host: localhost", "Origin: http://b")
    nonsense = ask(gate, "hello")
    gate.close()
    assert foreign.startswith(b"HTTP/1.1 403")
    assert nonsense.startswith(b"HTTP/1.1 400")
    assert server.heads == []


def test_occupied_port_is_an_error_at_once(server: Server) -> None:
    with pytest.raises(OSError, match=r"."):
        Gate("127.0.0.1", server.port, 1)
