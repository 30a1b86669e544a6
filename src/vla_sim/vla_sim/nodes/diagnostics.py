# SPDX-License-Identifier: Apache-2.0
"""Health of the simulation on ``/diagnostics``, once a second."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

from rclpy.node import Node

__all__ = ["SimulationDiagnostics"]

OK, WARN, ERROR = bytes([0]), bytes([1]), bytes([2])
Part = tuple[str, bytes, str, Mapping[str, object]]  # name, level, sentence, figures


class SimulationDiagnostics:
    """Asks each source for its part and publishes them."""

    def __init__(self, node: Node, sources: list[Callable[[], Part]]) -> None:
        self._node = node
        self._sources = sources
        self._publisher = node.create_publisher(DiagnosticArray, "/diagnostics", 10)
        node.create_timer(1.0, self._publish)

    def _publish(self) -> None:
        message = DiagnosticArray()
        message.header.stamp = self._node.get_clock().now().to_msg()
        name = self._node.get_fully_qualified_name().lstrip("/")
        for part, level, sentence, figures in (source() for source in self._sources):
            values = [KeyValue(key=key, value=str(value)) for key, value in figures.items()]
            message.status.append(
                DiagnosticStatus(level=level, name=f"{name}: {part}", message=sentence, hardware_id="", values=values)
            )
        self._publisher.publish(message)
