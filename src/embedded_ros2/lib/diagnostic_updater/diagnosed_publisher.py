# SPDX-License-Identifier: Apache-2.0
"""Diagnostics of a topic: its rate and, with headers, the age of its stamps."""

from __future__ import annotations

from typing import Any

from diagnostic_updater.tasks import CompositeDiagnosticTask
from diagnostic_updater.update_functions import (
    FrequencyStatus,
    FrequencyStatusParam,
    TimeStampStatus,
    TimeStampStatusParam,
)
from diagnostic_updater.updater import Updater


class HeaderlessTopicDiagnostic(CompositeDiagnosticTask):
    """Watches the rate of a topic.

    Args:
        name: Name of the topic.
        diag: The updater that runs the task.
        freq: Bounds of the rate.
    """

    def __init__(self, name: str, diag: Updater, freq: FrequencyStatusParam) -> None:
        super().__init__(f"{name} topic status")
        self.diag = diag
        self.freq = FrequencyStatus(freq)
        self.addTask(self.freq)
        self.diag.add(self)

    def tick(self) -> None:
        """Count a message."""
        self.freq.tick()

    def clear_window(self) -> None:
        """Start counting anew."""
        self.freq.clear()


class TopicDiagnostic(HeaderlessTopicDiagnostic):
    """Watches the rate of a topic and the age of its stamps.

    Args:
        name: Name of the topic.
        diag: The updater that runs the task.
        freq: Bounds of the rate.
        stamp: Bounds of the age.
    """

    def __init__(self, name: str, diag: Updater, freq: FrequencyStatusParam, stamp: TimeStampStatusParam) -> None:
        super().__init__(name, diag, freq)
        self.stamp = TimeStampStatus(stamp, clock=diag.node.get_clock())
        self.addTask(self.stamp)

    def tick(self, stamp: Any) -> None:
        """Count a message with its time stamp."""
        self.stamp.tick(stamp)
        super().tick()


class DiagnosedPublisher(TopicDiagnostic):
    """A publisher that watches itself.

    Args:
        pub: Publisher of messages with a header.
        diag: The updater that runs the task.
        freq: Bounds of the rate.
        stamp: Bounds of the age.
    """

    def __init__(self, pub: Any, diag: Updater, freq: FrequencyStatusParam, stamp: TimeStampStatusParam) -> None:
        super().__init__(pub.topic_name, diag, freq, stamp)
        self.publisher = pub

    def publish(self, message: Any) -> None:
        """Publish and count a message."""
        self.tick(message.header.stamp)
        self.publisher.publish(message)
