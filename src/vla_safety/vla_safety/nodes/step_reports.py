# SPDX-License-Identifier: Apache-2.0
"""Tells the graph what the loop does: state at 50 Hz and on change, and a record of every step where asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vla_msgs.msg import SafetyState

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from vla_safety.nodes.control import Step
from vla_safety.nodes.decisions import DecisionPublisher
from vla_safety.nodes.state_message import safety_state
from vla_safety.steady_grade import SteadyGrade
from vla_safety.types import Grade, Reference

__all__ = ["StepReports"]

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
STATE_NS = 20_000_000


class StepReports:
    """``vla/safety/state`` and ``vla/safety/decision``."""

    def __init__(self, node: Node, joints: Sequence[str], *, decisions: bool) -> None:
        """Open the publishers; ``decisions``: of records too."""
        self._node, self._joints = node, joints
        self._publisher = node.create_publisher(SafetyState, "vla/safety/state", LATCHED)
        self._decisions = DecisionPublisher(node) if decisions else None
        self._published_ns = 0
        self._steady, self._told = SteadyGrade(), Grade.HOLDING
        self.last: Step | None = None

    def begin(self, config_hash: str) -> None:
        """Name the configuration by which the steps to come are made."""
        if self._decisions is not None:
            self._decisions.config_hash = config_hash

    def is_recorded(self) -> bool:
        """Return whether somebody listens to the records."""
        return self._decisions is not None and self._decisions.is_recorded()

    def on_reference(self, reference: Reference, message: Any) -> None:
        """Remember the message that a reference was made from."""
        if self._decisions is not None:
            self._decisions.remember(reference, message)

    def on_step(self, step: Step) -> None:
        """Tell. In the loop's thread."""
        before, self.last = self.last, step
        if self._decisions is not None:
            self._decisions.publish(step)
        told, self._told = self._told, self._steady.tell(step.now_ns, step.output.report.grade)
        changed = before is None or told is not self._told or _outline(before) != _outline(step)
        if changed or step.now_ns - self._published_ns >= STATE_NS:
            self._published_ns = step.now_ns
            self._publisher.publish(safety_state(step, self._joints, self._told))

    def inactive(self, reason: str) -> None:
        """Tell that nothing is sent."""
        self._published_ns, self.last = 0, None
        message = SafetyState(grade=SafetyState.INACTIVE, reason=reason, joint_names=list(self._joints))
        message.header.stamp = self._node.get_clock().now().to_msg()
        message.gripper_width = -1.0
        self._publisher.publish(message)

    def destroy(self) -> None:
        """Close the publishers."""
        self._node.destroy_publisher(self._publisher)
        if self._decisions is not None:
            self._node.destroy_publisher(self._decisions.publisher)


def _outline(step: Step) -> tuple[str, str]:
    report = step.output.report
    return report.source, report.refused
