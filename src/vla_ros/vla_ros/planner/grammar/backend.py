# SPDX-License-Identifier: Apache-2.0
"""The grammar as a planner back end. A parser, not a model: it plans from words alone and never judges success."""

from __future__ import annotations

from vla_ros.planner.backend import CheckRequest, Draft, PlanRequest
from vla_ros.planner.grammar.parser import parse
from vla_ros.planner.skills import SkillLibrary
from vla_ros.tasks import CheckResult, Verdict

__all__ = ["GrammarBackend"]


class GrammarBackend:
    """Plans by rules. What the scene decides it does not guess; whether a subtask is done it leaves to signals."""

    def __init__(self, library: SkillLibrary) -> None:
        self._library = library

    @property
    def planner_id(self) -> str:
        """Name of the back end."""
        return "grammar"

    def plan(self, request: PlanRequest) -> Draft:
        """Return the steps that the words name."""
        steps = parse(request.instruction, self._library)
        return Draft(steps, "Read word by word by rules, without looking at the scene.")

    def check(self, request: CheckRequest) -> CheckResult:
        """Return ``UNSURE``: this back end does not see."""
        return CheckResult(Verdict.UNSURE, 0.0, "The rule-based planner does not see; signals of the robot decide.")
