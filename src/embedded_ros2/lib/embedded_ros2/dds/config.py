# SPDX-License-Identifier: Apache-2.0
"""The environment's network settings as a Cyclone DDS configuration. Pure functions over a mapping.

Unlike the real middleware, nothing leaves this machine unless a variable asks for it: the default is the loopback
interface without multicast. ROS_AUTOMATIC_DISCOVERY_RANGE, ROS_STATIC_PEERS, ROS_LOCALHOST_ONLY and a CYCLONEDDS_URI
that names an interface widen it; CYCLONEDDS_URI comes last and so has the last word.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlparse
from xml.sax.saxutils import quoteattr

RANGES = ("OFF", "LOCALHOST", "SUBNET", "SYSTEM_DEFAULT")
# Ports of higher domains collide with the ephemeral range or overflow 16 bits (RTPS 2.5, 9.6.1).
_MAX_DOMAIN_ID = 232
_LOOPBACK = "lo0" if sys.platform == "darwin" else "lo"
# On loopback only (a network would split them again): 65 kB datagrams carry a camera image in 15 system calls
# instead of 700, which lowered its latency by 20 %.
_LARGE_FRAGMENTS = "<MaxMessageSize>65500B</MaxMessageSize><FragmentSize>65000B</FragmentSize>"
# Holds a burst of four 640x480 colour images; the kernel caps it at net.core.rmem_max.
_SOCKET_BUFFER = '<Internal><SocketReceiveBufferSize max="4MB"/></Internal>'


class NetworkConfigError(ValueError):
    """A network variable of the environment has a value that means nothing."""


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """Where to look for other participants."""

    domain_id: int = 0
    discovery_range: str = "LOCALHOST"
    static_peers: tuple[str, ...] = ()
    user_config: str = ""  # XML or file URLs, comma separated, as CYCLONEDDS_URI holds them
    user_interfaces: bool = False  # user_config chooses the interface itself

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], domain_id: int | None = None) -> NetworkConfig:
        """Read the variables; ``domain_id`` takes precedence over ROS_DOMAIN_ID.

        Raises:
            NetworkConfigError: A value is not understood.
        """
        user_config = environment.get("CYCLONEDDS_URI", "")
        user_interfaces = "NetworkInterface" in _text_of(user_config)
        peers = environment.get("ROS_STATIC_PEERS", "")
        return cls(
            domain_id=_domain_id(environment) if domain_id is None else _checked_domain_id(domain_id),
            discovery_range=_discovery_range(environment, default="SUBNET" if user_interfaces else "LOCALHOST"),
            static_peers=tuple(peer.strip() for peer in peers.split(";") if peer.strip()),
            user_config=user_config,
            user_interfaces=user_interfaces,
        )

    def to_cyclone(self) -> str:
        """Return what dds_create_domain takes: XML, then the user's own configuration."""
        return ",".join(part for part in (self._xml(), self.user_config) if part)

    def _xml(self) -> str:
        general, discovery = self._sections()
        return (
            f"<CycloneDDS><Domain><General>{general}</General>"
            f"<Discovery>{discovery}</Discovery>{_SOCKET_BUFFER}</Domain></CycloneDDS>"
        )

    def _sections(self) -> tuple[str, str]:
        peers = "".join(f"<Peer address={quoteattr(peer)}/>" for peer in self.static_peers)
        if self.discovery_range == "OFF":
            # A tag of its own keeps the participant apart from all others, as in the real middleware.
            return self._loopback(), "<ParticipantIndex>none</ParticipantIndex><Tag>ros_discovery_off</Tag>"
        if self.discovery_range == "LOCALHOST":
            interface = self._loopback() if not self.static_peers else ""
            return (
                f"{interface}<AllowMulticast>false</AllowMulticast>",
                "<ParticipantIndex>auto</ParticipantIndex><MaxAutoParticipantIndex>32</MaxAutoParticipantIndex>"
                f'<Peers><Peer address="127.0.0.1"/>{peers}</Peers>',
            )
        return "", f"<Peers>{peers}</Peers>" if peers else ""

    def _loopback(self) -> str:
        if self.user_interfaces:
            return ""
        return f'<Interfaces><NetworkInterface name="{_LOOPBACK}"/></Interfaces>{_LARGE_FRAGMENTS}'


def _checked_domain_id(value: int) -> int:
    if not 0 <= value <= _MAX_DOMAIN_ID:
        raise NetworkConfigError(f"ROS_DOMAIN_ID must be from 0 to {_MAX_DOMAIN_ID}, got {value}")
    return value


def _domain_id(environment: Mapping[str, str]) -> int:
    text = environment.get("ROS_DOMAIN_ID", "").strip() or "0"
    if not text.isdigit():
        raise NetworkConfigError(f"ROS_DOMAIN_ID must be a whole number from 0 to {_MAX_DOMAIN_ID}, got '{text}'")
    return _checked_domain_id(int(text))


def _discovery_range(environment: Mapping[str, str], default: str) -> str:
    localhost_only = environment.get("ROS_LOCALHOST_ONLY", "")
    if localhost_only == "1":
        return "LOCALHOST"
    name = environment.get("ROS_AUTOMATIC_DISCOVERY_RANGE", "").strip()
    if not name:
        return "SUBNET" if localhost_only == "0" else default
    if name not in RANGES:
        raise NetworkConfigError(f"ROS_AUTOMATIC_DISCOVERY_RANGE must be one of {', '.join(RANGES)}, got '{name}'")
    return name


def _text_of(user_config: str) -> str:
    """Return the XML behind CYCLONEDDS_URI; a file that cannot be read is left to Cyclone's own message."""
    parts = []
    for part in user_config.split(","):
        path = Path(unquote(urlparse(part).path)) if part.startswith("file:") else Path(part)
        try:
            parts.append(path.read_text() if not part.lstrip().startswith("<") and part else part)
        except OSError:
            parts.append(part)
    return "".join(parts)
