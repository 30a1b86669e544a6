# SPDX-License-Identifier: Apache-2.0
"""The address of a policy server and what it takes to talk to it safely. No sockets.

The protocols have no encryption and mostly no authentication of their own: whoever can read the line sees the cameras,
whoever can write on it moves the robot. Off this machine it takes TLS, or the statement that the address is the end of
a tunnel.
"""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from vla_ros.errors import ConfigError, PolicyError, unknown_name

__all__ = ["Endpoint", "Token", "endpoint_of", "token_of"]

SCHEMES = {"ws": (80, False), "wss": (443, True), "http": (80, False), "https": (443, True), "tcp": (0, False)}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server listens.

    Attributes:
        scheme: ``ws``, ``wss``, ``http``, ``https`` or ``tcp``.
        host: Name or address.
        port: TCP port.
        path: Path and query; ``/`` where the address has none.
    """

    scheme: str
    host: str
    port: int
    path: str = "/"

    @property
    def encrypted(self) -> bool:
        """Whether TLS protects it."""
        return SCHEMES[self.scheme][1]

    @property
    def authority(self) -> str:
        """``host:port``, as in a ``Host`` header."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


class Token:
    """A secret that no message, log or traceback shows; ``reveal`` is called where a request is made."""

    __slots__ = ("_value",)

    def __init__(self, value: str = "") -> None:
        """Keep ``value``; empty: there is none."""
        self._value = value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "Token(***)" if self._value else "Token()"

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._value


def endpoint_of(url: str, schemes: tuple[str, ...], *, tunnel: bool = False) -> Endpoint:
    """Return the parsed and permitted address.

    Args:
        url: E.g. ``ws://127.0.0.1:8000``.
        schemes: Those that the protocol can use.
        tunnel: The user says that an address off this machine is the end of a tunnel (SSH, WireGuard …).

    Raises:
        ConfigError: it is no such address, carries a password, or is unprotected off this machine.
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise ConfigError(f"'{url}' is no address of a server: {error}") from error
    if parts.username is not None or parts.password is not None:
        raise ConfigError(
            "the address of a server must not carry a password; name an environment variable in token_variable"
        )
    if parts.scheme not in schemes:
        raise ConfigError(unknown_name("scheme of a server address", parts.scheme, schemes))
    default, encrypted = SCHEMES[parts.scheme]
    if not host or not (port or default):
        raise ConfigError(f"'{url}' lacks a host or a port")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not (encrypted or tunnel or _is_loopback(host)):
        raise ConfigError(
            f"'{url}' is off this machine and not encrypted: use TLS ({' or '.join(_safe(schemes)) or 'none here'}), "
            "forward a local port through a tunnel, or say 'tunnel: true' if the address is the end of one"
        )
    return Endpoint(parts.scheme, host, port or default, path)


def token_of(variable: str) -> Token:
    """Return the secret in the environment variable ``variable``; empty: none is needed.

    Raises:
        PolicyError: the variable is not set.
    """
    if not variable:
        return Token()
    value = os.environ.get(variable, "").strip()
    if not value:
        raise PolicyError(f"the environment variable {variable}, which holds the server's token, is not set")
    if not value.isascii() or not value.isprintable():
        raise PolicyError(f"the environment variable {variable} holds something that is no token")
    return Token(value)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _safe(schemes: tuple[str, ...]) -> list[str]:
    return [scheme for scheme in schemes if SCHEMES[scheme][1]]
