# SPDX-License-Identifier: Apache-2.0
"""Closed-loop evaluation: the suite's own cores drive the simulation in lock step, on simulated time. No ROS.

Ingestion, policy, scheduler, safety filter and the arm's trajectory controller are those of the live graph; left out
are the planner, the executor and the transport.
"""

from vla_ros.evaluation.command import main
from vla_ros.evaluation.plan import EvaluationPlan
from vla_ros.evaluation.results import AttemptResult
from vla_ros.evaluation.runner import evaluate

__all__ = ["AttemptResult", "EvaluationPlan", "evaluate", "main"]
