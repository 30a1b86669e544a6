# SPDX-License-Identifier: Apache-2.0
"""``ros2 run vla_safety safety_node``: the last program before the robot, as a lifecycle node. Wiring only."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rclpy.lifecycle import LifecycleNode
from vla_safety.errors import ConfigError
from vla_safety.nodes.component import SafetyComponent
from vla_safety.nodes.diagnostics import ERROR, OK, WARN, Part, SafetyDiagnostics
from vla_safety.nodes.lifecycle import Lifecycle
from vla_safety.nodes.parameters import read_parameters
from vla_safety.nodes.running import run_node
from vla_safety.types import Grade

__all__ = ["SafetyNode", "main"]

RETRY_S = 0.25  # between two attempts to become active


class SafetyNode:
    """The program: a lifecycle node that has the safety component."""

    def __init__(self) -> None:
        self.node = LifecycleNode("safety")
        self._parameters = read_parameters(self.node)
        self.component = SafetyComponent(self.node, self._parameters)
        self.lifecycle = Lifecycle(self.node, self.component)
        self._timer = None
        SafetyDiagnostics(self.node, self._health)

    def start(self) -> None:
        """Configure, and become active as soon as the arm is there, where the parameter says so."""
        if not self._parameters.autostart:
            return
        if not self.lifecycle.configure():
            raise ConfigError(self.lifecycle.refusal)
        self._timer = self.node.create_timer(RETRY_S, self._try_to_activate)

    def stop(self) -> None:
        """Give the arm back."""
        self.lifecycle.stop()

    def _try_to_activate(self) -> None:
        refusal = self.component.refusal()
        if refusal and refusal != self.lifecycle.refusal:
            self.lifecycle.refusal = refusal
            self.node.get_logger().info(f"waiting: {refusal}")
        if not refusal and self.lifecycle.activate():
            self._timer.cancel()

    def _health(self) -> list[Part]:
        step = self.component.reports.last if self.component.reports else None
        if not self.lifecycle.is_active or step is None:
            return [("arm", WARN, self.lifecycle.refusal or "not active", {})]
        report = step.output.report
        figures = {
            "grade": report.grade.value,
            "step_us": f"{step.step_us:.0f}",
            "overruns": step.overruns,
            "stop_distance_rad": f"{report.stop_distance_rad:.4f}",
            "not_granted": "; ".join(self.component.real_time) or "nothing",
        }
        level = {Grade.ESTOPPED: ERROR, Grade.BRAKING: WARN, Grade.RECOVERING: WARN}.get(report.grade, OK)
        return [("arm", level, report.reason or report.grade.value, figures)]


def main(args: Sequence[str] | None = None) -> int:
    """Run the safety node."""
    return run_node(SafetyNode, args)


if __name__ == "__main__":
    sys.exit(main())
