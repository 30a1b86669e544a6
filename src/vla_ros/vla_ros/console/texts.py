# SPDX-License-Identifier: Apache-2.0
"""What the console says in Markdown about plan, task and safety. Pure."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

from vla_ros.console.transcript import PlannedStep

__all__ = ["Condition", "condition_text", "plan_text"]

GRADES = ("inactive", "unchanged", "slowed", "projected", "recovering", "braking", "holding", "STOPPED")
TASKS = ("idle", "planning", "running", "checking", "recovering", "asking", "succeeded", "failed", "stopped")
_SIGNS = ("·", "●", "◐", "◑", "↺", "■", "○", "×")


@dataclass(slots=True)
class Condition:
    """What is known of the robot; ``grade`` and ``task`` are constants of SafetyState and TaskState."""

    ready: bool = False
    grade: int = 0
    limit: str = ""
    reason: str = ""
    source: str = ""
    latched: bool = False
    task: int = 0
    detail: str = ""
    policy: str = ""


def condition_text(condition: Condition) -> str:
    """Return two lines: what the robot does, and what safety made of it."""
    ready = "ready" if condition.ready else "**not ready**"
    task = TASKS[condition.task] if condition.task < len(TASKS) else str(condition.task)
    grade = GRADES[condition.grade] if condition.grade < len(GRADES) else str(condition.grade)
    sign = _SIGNS[condition.grade] if condition.grade < len(_SIGNS) else "?"
    why = condition.limit or condition.reason
    source = f" · follows *{html.escape(condition.source)}*" if condition.source else ""
    lines = [
        f"**{task}** {html.escape(condition.detail)}",
        f"{sign} safety: **{grade}** {html.escape(why)}{source} · {ready}",
    ]
    if condition.policy:
        lines.append(f"policy: {html.escape(condition.policy)}")
    return "  \n".join(lines)


def plan_text(planner: str, steps: Sequence[PlannedStep], current: int) -> str:
    """Return the plan as a list; the step under way is bold."""
    if not steps:
        return "no plan yet"
    lines = []
    for index, step in enumerate(steps):
        text = html.escape(step.text)
        mark = "✓ " if index < current else ""
        lines.append(f"{index + 1}. {mark}{f'**{text}**' if index == current else text}")
    return "\n".join([*lines, "", f"planned by {html.escape(planner)}"])
