# SPDX-License-Identifier: Apache-2.0
"""Preflight: whether the live graph is what the contract says, before anything moves. No ROS here."""

from vla_ros.preflight.checks import Check, NotReadyError, Verdict, require_ready, run_checks
from vla_ros.preflight.facts import ControllerFacts, Endpoint, GraphFacts, StreamFacts
from vla_ros.preflight.report import json_report, table

__all__ = [
    "Check",
    "ControllerFacts",
    "Endpoint",
    "GraphFacts",
    "NotReadyError",
    "StreamFacts",
    "Verdict",
    "json_report",
    "require_ready",
    "run_checks",
    "table",
]
