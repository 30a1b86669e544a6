# SPDX-License-Identifier: Apache-2.0
"""Which managed node is asked for which transition, and when the whole is ready. No ROS, no clock.

Nodes are configured all at once, since configuring moves nothing and loads models, and activated one after the other
in the order given. Behind the gate (preflight) are those whose activation can lead to motion. A node that comes back
after a crash goes the same way again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from vla_ros.errors import ConfigError, unknown_name

__all__ = ["NodeState", "Request", "StartOrder", "StartOrderConfig"]


class NodeState(IntEnum):
    """What is known of a managed node; primary states have the ids of ``lifecycle_msgs/State``."""

    ABSENT = 0  # no process answers
    UNCONFIGURED = 1
    INACTIVE = 2
    ACTIVE = 3
    FINALIZED = 4
    CHANGING = 5  # a transition is under way


class Request(IntEnum):
    """Transition to ask for; ids of ``lifecycle_msgs/Transition``."""

    CONFIGURE = 1
    ACTIVATE = 3


@dataclass(frozen=True, slots=True)
class StartOrderConfig:
    """What is started in which order.

    Attributes:
        nodes: Names of the managed nodes, first to be activated first.
        gated_from: The first node that is activated only behind the open gate; empty: no gate.
        retry_ns: Pause before a refused transition is asked for again.
    """

    nodes: tuple[str, ...]
    gated_from: str = ""
    retry_ns: int = 1_000_000_000

    def __post_init__(self) -> None:
        if len(set(self.nodes)) != len(self.nodes) or not self.nodes:
            raise ConfigError(f"nodes must name each managed node once, got {', '.join(self.nodes) or 'none'}")
        if self.gated_from and self.gated_from not in self.nodes:
            raise ConfigError(unknown_name("node in gated_from", self.gated_from, self.nodes))
        if self.retry_ns <= 0:
            raise ConfigError(f"retry_ns must be > 0, got {self.retry_ns}")


class StartOrder:
    """Turns observed states into requests."""

    def __init__(self, config: StartOrderConfig) -> None:
        self._config = config
        self._asked_ns: dict[tuple[str, Request], int] = {}

    def step(self, now_ns: int, states: Mapping[str, NodeState], *, gate_open: bool) -> dict[str, Request]:
        """Return the transitions to ask for now, at most one per node."""
        wanted = dict(self._wanted(states, gate_open=gate_open))
        due = {name: request for name, request in wanted.items() if self._is_due(now_ns, name, request)}
        self._asked_ns.update(dict.fromkeys(due.items(), now_ns))
        return due

    def is_ready(self, states: Mapping[str, NodeState]) -> bool:
        """Whether every node is active."""
        return not self.missing(states)

    def missing(self, states: Mapping[str, NodeState]) -> dict[str, NodeState]:
        """Return the nodes that are not active."""
        found = {name: states.get(name, NodeState.ABSENT) for name in self._config.nodes}
        return {name: state for name, state in found.items() if state is not NodeState.ACTIVE}

    def waits_for_gate(self, states: Mapping[str, NodeState]) -> bool:
        """Whether everything in front of the gate is active."""
        if not self._config.gated_from:
            return False
        in_front = self._config.nodes[: self._config.nodes.index(self._config.gated_from)]
        return all(states.get(name) is NodeState.ACTIVE for name in in_front)

    def _wanted(self, states: Mapping[str, NodeState], *, gate_open: bool) -> list[tuple[str, Request]]:
        wanted, may_activate = [], True
        for name in self._config.nodes:
            state = states.get(name, NodeState.ABSENT)
            may_activate &= gate_open or name != self._config.gated_from
            if state is NodeState.UNCONFIGURED:
                wanted.append((name, Request.CONFIGURE))
            if state is NodeState.INACTIVE and may_activate:
                wanted.append((name, Request.ACTIVATE))
            may_activate &= state is NodeState.ACTIVE
        return wanted

    def _is_due(self, now_ns: int, name: str, request: Request) -> bool:
        asked_ns = self._asked_ns.get((name, request))
        return asked_ns is None or not 0 <= now_ns - asked_ns < self._config.retry_ns
