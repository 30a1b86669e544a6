# SPDX-License-Identifier: Apache-2.0
"""Looks at the graph again and again until it is what the contract says; then the gate is open. Wiring only."""

from __future__ import annotations

from rclpy.node import Node
from vla_ros.contract import Contract
from vla_ros.nodes.graph_probe import GraphProbe
from vla_ros.preflight import Check, Verdict, run_checks

__all__ = ["PreflightGate"]

_LOOK_NS = (
    1_000_000_000  # long enough for the rate of the slowest stream of a Franka, 30 Hz, to be told from half of it
)


class PreflightGate:
    """Closed until a look at the graph found nothing wrong."""

    def __init__(self, node: Node, contract: Contract) -> None:
        self._node = node
        self._contract = contract
        self._probe: GraphProbe | None = None
        self._began_ns = 0
        self.is_open = False
        self.failed: tuple[Check, ...] = ()

    def step(self, now_ns: int) -> None:
        """Begin a look, or end it and judge; call it periodically while the gate is closed."""
        if self._probe is None:
            self._probe, self._began_ns = GraphProbe(self._node, self._contract), now_ns
        elif not 0 <= now_ns - self._began_ns < _LOOK_NS:
            checks = run_checks(self._contract, self._probe.facts())
            self.failed = tuple(check for check in checks if check.verdict is Verdict.FAIL)
            self.is_open = not self.failed
            self.close()

    def close(self) -> None:
        """Stop looking."""
        if self._probe is not None:
            self._probe.destroy()
            self._probe = None
