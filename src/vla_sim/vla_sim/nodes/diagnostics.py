# SPDX-License-Identifier: Apache-2.0
"""Health of the simulation on ``/diagnostics``, once a second of simulated time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

from rclpy.node import Node
from vla_sim.nodes.conversions import header
from vla_sim.nodes.loop import Moment, SimulationLoop

__all__ = ["SimulationDiagnostics"]

OK, WARN, ERROR = bytes([0]), bytes([1]), bytes([2])
Part = tuple[str, bytes, str, Mapping[str, object]]  # name, level, sentence, figures


class SimulationDiagnostics:
    """Asks each source for its part and publishes them, in the loop's thread: in lock step it repeats itself, too."""

    def __init__(self, node: Node, loop: SimulationLoop, sources: list[Callable[[Moment], Part]]) -> None:
        self._name = node.get_fully_qualified_name().lstrip("/")
        self._sources = sources
        self._publisher = node.create_publisher(DiagnosticArray, "/diagnostics", 10)
        loop.observe(1.0, self._publish)

    def _publish(self, moment: Moment) -> None:
        message = DiagnosticArray(header=header(moment.stamp_ns))
        for part, level, sentence, figures in (source(moment) for source in self._sources):
            values = [KeyValue(key=key, value=str(value)) for key, value in figures.items()]
            status = DiagnosticStatus(level=level, name=f"{self._name}: {part}", message=sentence, values=values)
            message.status.append(status)
        self._publisher.publish(message)
