# SPDX-License-Identifier: Apache-2.0
"""Publishes a record of every step where somebody records: enough to ask later why the arm did what it did."""

from __future__ import annotations

from typing import Any

import numpy as np
from vla_msgs.msg import ActionChunk, SafetyDecision

from rclpy.node import Node
from rclpy.serialization import serialize_message
from vla_safety.nodes.control import Step
from vla_safety.nodes.conversions import header
from vla_safety.nodes.state_message import GRADES, digest
from vla_safety.types import Limit, SafeTrajectory

__all__ = ["DecisionPublisher"]

KEPT = 16  # references whose bytes are kept: the newest of every source, and those that are still followed


class DecisionPublisher:
    """``vla/safety/decision``: made only while somebody listens."""

    def __init__(self, node: Node, config_hash: str) -> None:
        self.publisher = node.create_publisher(SafetyDecision, "vla/safety/decision", 10)
        self._config_hash = config_hash
        self._sequence = 0
        self._messages: dict[tuple[str, int, int], bytes] = {}

    def remember(self, message: ActionChunk) -> None:
        """Keep a reference as it came, for the records of the steps that follow it."""
        if len(self._messages) >= KEPT:
            self._messages.pop(next(iter(self._messages)))
        self._messages[_key(message)] = bytes(serialize_message(message))

    def publish(self, step: Step) -> None:
        """Publish the record of a step. In the loop's thread."""
        self._sequence += 1
        if self.publisher.get_subscription_count() == 0:
            return
        report, state = step.output.report, step.state
        before = np.ascontiguousarray(step.command, dtype="<f8").tobytes()
        reference = b"" if step.reference is None else self._messages.get(_key(step.reference), b"")
        measured = np.concatenate([state.q, state.v]).astype("<f8").tobytes()
        self.publisher.publish(
            SafetyDecision(
                header=header(step.effective_ns),
                sequence=self._sequence,
                config_hash=self._config_hash,
                input_hash=digest(before, measured, state.stamp_ns.to_bytes(8, "little", signed=True), reference),
                state_before=before,
                position=state.q.tolist(),
                velocity=state.v.tolist(),
                state_stamp_ns=state.stamp_ns,
                reference=reference,
                grade=GRADES[report.grade],
                active_limit="" if report.active_limit is Limit.NONE else report.active_limit.name.lower(),
                reason=report.reason,
                command=_bytes(step.output.trajectory),
                step_us=step.step_us,
            )
        )


def _key(reference: Any) -> tuple[str, int, int]:
    return reference.source, reference.epoch, reference.chunk_id


def _bytes(trajectory: SafeTrajectory) -> bytes:
    """Return times [s], positions, velocities and accelerations as little-endian float64, row by row."""
    rows = (trajectory.positions, trajectory.velocities, trajectory.accelerations)
    return np.concatenate([trajectory.times_ns[:, None] * 1e-9, *rows], axis=1).astype("<f8").tobytes()
