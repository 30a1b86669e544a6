# SPDX-License-Identifier: Apache-2.0
"""``ros2 run vla_ros supervisor_node``: starts the managed nodes in order and says when the robot is ready.

It keeps watching: a node that died and came back is started again, and ``vla/ready`` says so meanwhile. Wiring only.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from std_msgs.msg import Bool

from rclpy.node import Node
from vla_ros.contract import load_contract
from vla_ros.errors import ConfigError
from vla_ros.interfaces import interface
from vla_ros.nodes.diagnostics import Diagnostics, Health, Level
from vla_ros.nodes.managed_nodes import ManagedNodes
from vla_ros.nodes.parameters import read_config
from vla_ros.nodes.preflight_gate import PreflightGate
from vla_ros.nodes.qos import interface_qos
from vla_ros.nodes.running import run_node
from vla_ros.supervision import NodeState, StartOrder, StartOrderConfig

__all__ = ["SupervisorConfig", "SupervisorNode", "main"]

_PERIOD_S = 0.1
_SLOW_DOWN = 10  # polls at a tenth of the rate once everything runs
_REMIND_NS = 5_000_000_000  # between two sentences about what is waited for


@dataclass(frozen=True, slots=True)
class SupervisorConfig:
    """Parameters of the supervisor."""

    contract: str = field(metadata={"description": "path of the robot contract that preflight holds the graph against"})
    nodes: tuple[str, ...] = field(metadata={"description": "managed nodes in the order of their activation"})
    robot: str = field(default="", metadata={"description": "which robot of the contract; empty: its default"})
    target: str = field(default="", metadata={"description": "sim or real; empty: the contract's default"})
    gated_from: str = field(default="", metadata={"description": "first node that needs a successful preflight"})
    hint: str = field(default="", metadata={"description": "what to type next; printed once all is ready"})

    def __post_init__(self) -> None:
        if not self.contract:
            raise ConfigError("the parameter 'contract' must be the path of a robot contract, got an empty one")


class SupervisorNode:
    """The program: a node that has the managed nodes, the gate and their order."""

    def __init__(self) -> None:
        self.node = Node("supervisor")
        self._config = read_config(self.node, SupervisorConfig)
        self._order = StartOrder(StartOrderConfig(self._config.nodes, self._config.gated_from))
        self._managed = ManagedNodes(self.node, self._config.nodes)
        contract = load_contract(self._config.contract, self._config.robot, self._config.target)
        self._gate = PreflightGate(self.node, contract)
        row = interface("ready")
        self._publisher = self.node.create_publisher(Bool, row.name, interface_qos(row.key))
        self._log = _StartLog(self.node, self._config.hint)
        self._ticks = 0

    def start(self) -> None:
        """Begin to watch."""
        self._publisher.publish(Bool(data=False))
        self._diagnostics = Diagnostics(self.node, self._health)
        self.node.create_timer(_PERIOD_S, self._on_timer)

    def stop(self) -> None:
        """Stop looking; the nodes end by their own signals."""
        self._gate.close()

    def _on_timer(self) -> None:
        now_ns = self.node.get_clock().now().nanoseconds
        self._ticks += 1
        if not self._log.ready or self._ticks % _SLOW_DOWN == 0:
            self._managed.poll()
        states = self._managed.states
        if not self._gate.is_open and self._order.waits_for_gate(states):
            self._gate.step(now_ns)
        requests = self._order.step(now_ns, states, gate_open=self._gate.is_open)
        for name, request in requests.items():
            self._managed.request(name, request)
        self._report(now_ns)

    def _report(self, now_ns: int) -> None:
        missing = self._order.missing(self._managed.states)
        complaints = [f"{check.subject} {check.name}: {check.seen} ({check.remedy})" for check in self._gate.failed]
        if self._log.update(now_ns, missing, complaints):
            self._publisher.publish(Bool(data=self._log.ready))
            self._diagnostics.refresh()

    def _health(self) -> list[Health]:
        missing = self._order.missing(self._managed.states)
        names = self._config.nodes
        lines = [(name, missing.get(name, NodeState.ACTIVE)) for name in names]
        return [
            Health(name, Level.OK if state is NodeState.ACTIVE else Level.ERROR, state.name.lower())
            for name, state in lines
        ]


class _StartLog:
    """Says once that all is ready, and from time to time what is missing."""

    def __init__(self, node: Node, hint: str) -> None:
        self._logger = node.get_logger()
        self._began_ns = self._told_ns = node.get_clock().now().nanoseconds
        self._hint = hint
        self.ready = False

    def update(self, now_ns: int, missing: dict[str, NodeState], complaints: Sequence[str]) -> bool:
        """Tell what is new; whether readiness changed."""
        changed, self.ready = self.ready == bool(missing), not missing
        text = ", ".join(f"{name} ({state.name.lower()})" for name, state in missing.items())
        if changed and self.ready:
            self._logger.info(f"ready after {(now_ns - self._began_ns) / 1e9:.1f} s. {self._hint}".rstrip())
        elif changed:
            self._logger.error(f"not ready any more: {text}")
        elif missing and now_ns - self._told_ns >= _REMIND_NS:
            self._logger.warning("; ".join([f"waiting for {text}", *complaints]))
        else:
            return False
        self._told_ns = now_ns
        return changed


def main(args: Sequence[str] | None = None) -> int:
    """Run the supervisor."""
    return run_node(SupervisorNode, args)


if __name__ == "__main__":
    sys.exit(main())
