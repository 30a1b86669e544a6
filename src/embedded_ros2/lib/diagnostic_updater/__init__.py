# SPDX-License-Identifier: Apache-2.0
"""Diagnostics of a node, published on ``/diagnostics``."""

from diagnostic_updater.diagnosed_publisher import DiagnosedPublisher, HeaderlessTopicDiagnostic, TopicDiagnostic
from diagnostic_updater.status_wrapper import DiagnosticStatusWrapper
from diagnostic_updater.tasks import CompositeDiagnosticTask, DiagnosticTask, FunctionDiagnosticTask, Heartbeat
from diagnostic_updater.update_functions import (
    FrequencyStatus,
    FrequencyStatusParam,
    TimeStampStatus,
    TimeStampStatusParam,
)
from diagnostic_updater.updater import Updater

__all__ = [
    "CompositeDiagnosticTask",
    "DiagnosedPublisher",
    "DiagnosticStatusWrapper",
    "DiagnosticTask",
    "FrequencyStatus",
    "FrequencyStatusParam",
    "FunctionDiagnosticTask",
    "HeaderlessTopicDiagnostic",
    "Heartbeat",
    "TimeStampStatus",
    "TimeStampStatusParam",
    "TopicDiagnostic",
    "Updater",
]
