# SPDX-License-Identifier: Apache-2.0
"""Reports of replays: JSON, a self-contained HTML page, thresholds for CI, and two runs compared."""

from vla_ros.replay.report.comparison import Difference, compare_runs
from vla_ros.replay.report.page import report_page
from vla_ros.replay.report.summary import summarise
from vla_ros.replay.report.thresholds import Violation, check_thresholds, load_thresholds

__all__ = [
    "Difference",
    "Violation",
    "check_thresholds",
    "compare_runs",
    "load_thresholds",
    "report_page",
    "summarise",
]
