# SPDX-License-Identifier: Apache-2.0
"""What a look at the live graph found, as values. ``vla_ros.nodes.graph_probe`` gathers it, ``checks`` judges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vla_ros.types import StreamReport

__all__ = ["ControllerFacts", "Endpoint", "GraphFacts", "StreamFacts"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A publisher or subscriber of a topic, with the two policies that can make it incompatible.

    Attributes:
        node: Its node.
        type_name: ROS type.
        reliable: Reliable, else best effort.
        latched: Transient local, else volatile.
    """

    node: str
    type_name: str
    reliable: bool = True
    latched: bool = False


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What was measured of one stream: messages received, ingestion's own report, and its newest values by name."""

    messages: int
    report: StreamReport
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ControllerFacts:
    """What the arm controller's state topic said: messages, how far stamps advanced [s], and its joints."""

    messages: int = 0
    advanced_s: float = 0.0
    joints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GraphFacts:
    """The graph as seen for ``duration_s``; topics and services by absolute name."""

    duration_s: float
    namespace: str
    publishers: Mapping[str, tuple[Endpoint, ...]]
    subscribers: Mapping[str, tuple[Endpoint, ...]]
    services: Mapping[str, tuple[str, ...]]
    streams: Mapping[str, StreamFacts]
    controller: ControllerFacts = ControllerFacts()

    def absolute(self, name: str) -> str:
        """Return the absolute form of a name of the contract."""
        return name if name.startswith("/") else f"{self.namespace.rstrip('/')}/{name}"
