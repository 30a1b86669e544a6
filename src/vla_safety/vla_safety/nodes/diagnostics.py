# SPDX-License-Identifier: Apache-2.0
"""Health of the safety node on ``/diagnostics``: once a second, and at once when it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

from rclpy.node import Node

__all__ = ["ERROR", "OK", "WARN", "Part", "SafetyDiagnostics"]

OK, WARN, ERROR = bytes([0]), bytes([1]), bytes([2])
Part = tuple[str, bytes, str, Mapping[str, object]]  # name, level, sentence, figures
LOOK_S = 0.1  # how often a change is looked for
PERIODS = 10  # looks between two messages without a change


class SafetyDiagnostics:
    """Asks its source for the parts and publishes them."""

    def __init__(self, node: Node, source: Callable[[], list[Part]]) -> None:
        self._node, self._source = node, source
        self._publisher = node.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self._looks = 0
        self._levels: list[bytes] = []
        node.create_timer(LOOK_S, self._look)

    def _look(self) -> None:
        parts = self._source()
        levels = [part[1] for part in parts]
        self._looks += 1
        if levels == self._levels and self._looks < PERIODS:
            return
        self._looks, self._levels = 0, levels
        message = DiagnosticArray()
        message.header.stamp = self._node.get_clock().now().to_msg()
        name = self._node.get_fully_qualified_name().lstrip("/")
        for part, level, sentence, figures in parts:
            values = [KeyValue(key=key, value=str(value)) for key, value in figures.items()]
            message.status.append(
                DiagnosticStatus(level=level, name=f"{name}: {part}", message=sentence, hardware_id="", values=values)
            )
        self._publisher.publish(message)
