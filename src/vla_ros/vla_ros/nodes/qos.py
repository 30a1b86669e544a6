# SPDX-License-Identifier: Apache-2.0
"""Quality of service: from the interface table to rclpy profiles."""

from __future__ import annotations

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from vla_ros.interfaces import QosKind, interface

__all__ = ["interface_qos", "qos_profile"]

_PARTS = {
    QosKind.EVENT: (ReliabilityPolicy.RELIABLE, DurabilityPolicy.VOLATILE, 10),
    QosKind.COMMAND: (ReliabilityPolicy.RELIABLE, DurabilityPolicy.VOLATILE, 1),
    QosKind.SENSOR: (ReliabilityPolicy.BEST_EFFORT, DurabilityPolicy.VOLATILE, 1),
    QosKind.LATCHED: (ReliabilityPolicy.RELIABLE, DurabilityPolicy.TRANSIENT_LOCAL, 1),
    QosKind.RELATION: (ReliabilityPolicy.RELIABLE, DurabilityPolicy.VOLATILE, 10),
}


def qos_profile(kind: QosKind, depth: int | None = None) -> QoSProfile:
    """Return the profile of ``kind``; ``depth`` overrides how many messages are kept."""
    reliability, durability, kept = _PARTS[kind]
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST, depth=depth or kept, reliability=reliability, durability=durability
    )


def interface_qos(key: str) -> QoSProfile:
    """Return the profile of a row of the interface table."""
    return qos_profile(interface(key).qos)
