# SPDX-License-Identifier: Apache-2.0
"""The options of a remote policy, out of the ``options`` of its YAML file. Values only."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from vla_ros.errors import ConfigError, unknown_name
from vla_ros.policy.remote.adapter.config import AdapterConfig, adapter_config
from vla_ros.policy.remote.codecs.arrays import MESSAGE_LIMIT
from vla_ros.policy.remote.endpoint import endpoint_of, token_of
from vla_ros.policy.remote.protocols import PROTOCOLS
from vla_ros.policy.remote.protocols.protocol import WireProtocol
from vla_ros.policy.remote.transports.transport import Link

__all__ = ["RemoteOptions", "remote_options"]


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """How a server is reached and what is exchanged with it.

    Attributes:
        protocol: Name in ``PROTOCOLS``.
        adapter: What is sent and what comes back.
        url: Address; empty: that of a server on this machine with its defaults.
        tunnel: The address, off this machine and without TLS, is the end of a tunnel.
        token_variable: Environment variable that holds the server's token; empty: none.
        connect_timeout_s: Longest time to connect and shake hands [s].
        warm_up_timeout_s: Longest first inference [s]: servers compile then.
        warm_up: Whether a blank observation is sent first; not to servers that remember what they saw.
        reset_timeout_s: Longest time for the server to confirm a new run [s].
        max_reply_bytes: Longest answer that is accepted.
        protocol_options: Settings of the protocol.
    """

    protocol: str
    adapter: AdapterConfig
    url: str = ""
    tunnel: bool = False
    token_variable: str = ""
    connect_timeout_s: float = 5.0
    warm_up_timeout_s: float = 120.0
    warm_up: bool = True
    reset_timeout_s: float = 1.0
    max_reply_bytes: int = MESSAGE_LIMIT
    protocol_options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.protocol not in PROTOCOLS:
            raise ConfigError(unknown_name("protocol", self.protocol, PROTOCOLS))
        for name in ("connect_timeout_s", "warm_up_timeout_s", "reset_timeout_s"):
            if not getattr(self, name) > 0.0:
                raise ConfigError(f"{name} must be > 0, got {getattr(self, name)}")
        if not 1024 <= self.max_reply_bytes <= MESSAGE_LIMIT:
            raise ConfigError(f"max_reply_bytes must be 1024 .. {MESSAGE_LIMIT}, got {self.max_reply_bytes}")

    def wire_protocol(self) -> WireProtocol:
        """Return the protocol.

        Raises:
            ConfigError: it does not know one of its options.
        """
        try:
            return PROTOCOLS[self.protocol].make(**self.protocol_options)
        except TypeError as error:
            raise ConfigError(f"protocol_options of '{self.protocol}': {error}") from error

    def link(self, protocol: WireProtocol) -> Link:
        """Return address, token and limits.

        Raises:
            ConfigError: the address is none, or not a safe one.
            PolicyError: the token's variable is not set.
        """
        url = self.url or PROTOCOLS[self.protocol].default_url
        endpoint = endpoint_of(url, protocol.schemes, tunnel=self.tunnel)
        return Link(endpoint, token_of(self.token_variable), protocol.token_scheme, self.max_reply_bytes)

    def at(self, url: str) -> RemoteOptions:
        """Return the same for another address; empty: the same."""
        return replace(self, url=url) if url else self


def remote_options(data: Mapping[str, Any]) -> RemoteOptions:
    """Return the checked options.

    Raises:
        ConfigError: naming the key and the nearest known one.
    """
    known = {item.name for item in dataclasses.fields(RemoteOptions)}
    for key in data:
        if key not in known:
            raise ConfigError(unknown_name("key in options", str(key), known))
    values = dict(data)
    if "adapter" not in values or "protocol" not in values:
        raise ConfigError("the options of a remote policy need 'protocol' and 'adapter'")
    values["adapter"] = adapter_config(values["adapter"])
    try:
        return RemoteOptions(**values)
    except TypeError as error:  # a value of another type meets a comparison
        raise ConfigError(f"options: {error}") from error
