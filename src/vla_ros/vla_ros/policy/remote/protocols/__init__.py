# SPDX-License-Identifier: Apache-2.0
"""Protocols of policy servers by name. Adding one is a module, its test, and a row here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vla_ros.policy.remote.protocols.groot import GrootProtocol, GrootVersion
from vla_ros.policy.remote.protocols.openpi import OpenpiDialect, OpenpiProtocol
from vla_ros.policy.remote.protocols.protocol import WireProtocol
from vla_ros.policy.remote.protocols.rest import CogactProtocol, OpenvlaProtocol, OwnHttpProtocol

__all__ = ["PROTOCOLS", "ProtocolRow"]


@dataclass(frozen=True, slots=True)
class ProtocolRow:
    """A protocol by name: how it is made, where its servers listen by themselves, and one sentence.

    Attributes:
        make: Returns it; keyword arguments are the protocol's own options.
        default_url: Address of a server on this machine that was started with its defaults.
        summary: One sentence.
    """

    make: Callable[..., WireProtocol]
    default_url: str
    summary: str


def _openpi(dialect: OpenpiDialect) -> Callable[..., WireProtocol]:
    return lambda **options: OpenpiProtocol(dialect, **options)


def _groot(version: GrootVersion) -> Callable[..., WireProtocol]:
    return lambda **options: GrootProtocol(version, **options)


PROTOCOLS: dict[str, ProtocolRow] = {
    "openpi": ProtocolRow(
        _openpi(OpenpiDialect.OPENPI), "ws://127.0.0.1:8000", "openpi's serve_policy, and vla_ros.serving"
    ),
    "roboarena": ProtocolRow(
        _openpi(OpenpiDialect.ROBOARENA), "ws://127.0.0.1:8000", "servers of the RoboArena evaluation"
    ),
    "vllm_omni": ProtocolRow(
        _openpi(OpenpiDialect.VLLM_OMNI), "ws://127.0.0.1:8000/v1/realtime/robot/openpi", "vllm serve --omni"
    ),
    "groot": ProtocolRow(_groot(GrootVersion.N1_6), "tcp://127.0.0.1:5555", "GR00T N1.6 and N1.7"),
    "groot_n1_5": ProtocolRow(_groot(GrootVersion.N1_5), "tcp://127.0.0.1:5555", "GR00T N1.5"),
    "openvla": ProtocolRow(OpenvlaProtocol, "http://127.0.0.1:8000", "OpenVLA's deploy.py"),
    "openvla_oft": ProtocolRow(OpenvlaProtocol, "http://127.0.0.1:8777", "OpenVLA-OFT's deploy.py"),
    "cogact": ProtocolRow(CogactProtocol, "http://127.0.0.1:5500", "CogACT's server"),
    "http": ProtocolRow(OwnHttpProtocol, "http://127.0.0.1:8000", "vla_ros.serving over HTTP/JSON"),
}
