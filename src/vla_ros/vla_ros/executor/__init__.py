# SPDX-License-Identifier: Apache-2.0
"""The executor: instructions through a behaviour tree of bounded skills, checks and recoveries. No ROS, no clock."""

from vla_ros.executor.config import ExecutorConfig
from vla_ros.executor.context import Phase
from vla_ros.executor.executor import TaskExecutor, TaskReport
from vla_ros.executor.loading import load_tree_file
from vla_ros.executor.ports import Answer, Operation, PlanQuestion, Ports, Question
from vla_ros.executor.signals import Signals

__all__ = [
    "Answer",
    "ExecutorConfig",
    "Operation",
    "Phase",
    "PlanQuestion",
    "Ports",
    "Question",
    "Signals",
    "TaskExecutor",
    "TaskReport",
    "load_tree_file",
]
