# SPDX-License-Identifier: Apache-2.0
"""Publishes a node's health on ``/diagnostics``: once a second, and at once when it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

from rclpy.node import Node
from vla_ros.interfaces import interface
from vla_ros.nodes.qos import interface_qos
from vla_ros.types import StreamCondition, StreamReport

__all__ = ["Diagnostics", "Health", "Level", "stream_health"]

_PERIOD_S = 1.0  # the rate of diagnostic_updater


class Level(IntEnum):
    """Severity; values are those of ``diagnostic_msgs/DiagnosticStatus``."""

    OK = 0  # works
    WARN = 1  # works, but look at it
    ERROR = 2  # does not work
    STALE = 3  # no news


@dataclass(frozen=True, slots=True)
class Health:
    """State of one part of a node: its name, a severity, a sentence and figures."""

    name: str
    level: Level
    message: str
    values: Mapping[str, str] = field(default_factory=dict)


class Diagnostics:
    """Asks ``source`` for the health of every part, publishes it periodically and on ``refresh`` when it changed."""

    def __init__(self, node: Node, source: Callable[[], Sequence[Health]]) -> None:
        row = interface("diagnostics")
        self._node = node
        self._source = source
        self._publisher = node.create_publisher(DiagnosticArray, row.name, interface_qos(row.key))
        self._timer = node.create_timer(_PERIOD_S, self._on_timer)
        self._last: tuple[tuple[str, Level], ...] = ()

    def refresh(self) -> None:
        """Publish now if a severity changed since the last message."""
        health = self._source()
        if tuple((part.name, part.level) for part in health) != self._last:
            self._publish(health)

    def destroy(self) -> None:
        """Stop publishing."""
        self._node.destroy_timer(self._timer)
        self._node.destroy_publisher(self._publisher)

    def _on_timer(self) -> None:
        self._publish(self._source())

    def _publish(self, health: Sequence[Health]) -> None:
        self._last = tuple((part.name, part.level) for part in health)
        message = DiagnosticArray()
        message.header.stamp = self._node.get_clock().now().to_msg()
        message.status = [self._status(part) for part in health]
        self._publisher.publish(message)

    def _status(self, part: Health) -> DiagnosticStatus:
        return DiagnosticStatus(
            level=bytes([part.level]),
            name=f"{self._node.get_fully_qualified_name().lstrip('/')}: {part.name}",
            message=part.message,
            hardware_id="",
            values=[KeyValue(key=key, value=value) for key, value in part.values.items()],
        )


def stream_health(report: StreamReport, *, required: bool) -> Health:
    """Return the health of one stream of the contract."""
    if report.condition is StreamCondition.OK:
        level, message = Level.OK, "ok"
    else:
        level = Level.ERROR if required else Level.WARN
        message = f"{report.condition.name.lower()}: {report.detail}"
    age = f"{report.age_ns / 1e9:.4f}" if report.age_ns >= 0 else "none"
    return Health(report.key, level, message, {"age_s": age, "rate_hz": f"{report.rate_hz:.2f}"})
