# SPDX-License-Identifier: Apache-2.0
"""The planner (System 2): instructions and images to subtasks of a skill library, and verdicts on them. No ROS."""

from vla_ros.planner.backend import Backend, CheckRequest, Draft, PlanRequest
from vla_ros.planner.planner import Planner, PlannerLimits
from vla_ros.planner.skills import SkillLibrary, Step, load_skills

__all__ = [
    "Backend",
    "CheckRequest",
    "Draft",
    "PlanRequest",
    "Planner",
    "PlannerLimits",
    "SkillLibrary",
    "Step",
    "load_skills",
]
