# SPDX-License-Identifier: Apache-2.0
"""Publishes a record of every step where somebody records: with it the step can be made again, bit for bit."""

from __future__ import annotations

import hashlib

import numpy as np
from vla_msgs.msg import ActionChunk, SafetyDecision

from rclpy.node import Node
from rclpy.serialization import serialize_message
from vla_safety.decision_record import command_bytes
from vla_safety.nodes.control import Step
from vla_safety.nodes.conversions import header, nanoseconds
from vla_safety.nodes.state_message import GRADES
from vla_safety.types import Limit, Reference

__all__ = ["DecisionPublisher", "input_hash"]

KEPT = 256  # references whose messages are kept: more than arrive while one of them is obeyed


class DecisionPublisher:
    """``vla/safety/decision``: made only while somebody listens."""

    def __init__(self, node: Node) -> None:
        self.publisher = node.create_publisher(SafetyDecision, "vla/safety/decision", 10)
        self.config_hash = ""  # set as soon as configuration and robot description are known
        self._sequence = 0
        self._messages: tuple[tuple[Reference, ActionChunk], ...] = ()  # replaced, never changed: two threads

    def is_recorded(self) -> bool:
        """Return whether somebody listens."""
        return bool(self.publisher.get_subscription_count())

    def remember(self, reference: Reference, message: ActionChunk) -> None:
        """Keep a reference as it came, for the records of the steps that follow it."""
        self._messages = (*self._messages[1 - KEPT :], (reference, message))

    def publish(self, step: Step) -> None:
        """Publish the record of a step. In the loop's thread."""
        self._sequence += 1
        if not step.state_before:
            return
        report, state = step.output.report, step.state
        record = SafetyDecision(
            header=header(step.effective_ns),
            sequence=self._sequence,
            config_hash=self.config_hash,
            state_before=step.state_before,
            position=state.q.tolist(),
            velocity=state.v.tolist(),
            state_stamp_ns=state.stamp_ns,
            reference=self._bytes_of(step.reference),
            grade=GRADES[report.grade],
            active_limit="" if report.active_limit is Limit.NONE else report.active_limit.name.lower(),
            reason=report.reason,
            command=command_bytes(step.output.trajectory),
            step_us=step.step_us,
        )
        record.input_hash = input_hash(record)
        self.publisher.publish(record)

    def _bytes_of(self, reference: Reference | None) -> bytes:
        """Return the message that a reference was made from; by identity, for a source may repeat its numbers."""
        for known, message in reversed(self._messages):
            if known is reference:
                return bytes(serialize_message(message))
        return b""


def input_hash(record: SafetyDecision) -> str:
    """Return the SHA-256, hex, over what goes into a decision.

    That is: state before, measured position and velocity (little-endian float64), the reference, and the text
    "STATE_STAMP STAMP", both in nanoseconds.
    """
    sha = hashlib.sha256(bytes(record.state_before))
    sha.update(np.array([*record.position, *record.velocity], "<f8").tobytes())
    sha.update(bytes(record.reference))
    sha.update(f"{record.state_stamp_ns} {nanoseconds(record.header.stamp)}".encode())
    return sha.hexdigest()
