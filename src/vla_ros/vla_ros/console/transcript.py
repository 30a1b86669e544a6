# SPDX-License-Identifier: Apache-2.0
"""Turns plans and task states into lines for people, each told once. No ROS, no output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["PlannedStep", "TaskStatus", "Transcript"]

_STATES = ("idle", "planning", "running", "checking", "recovering", "asking", "succeeded", "failed", "stopped")


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One subtask of a plan: its sentence, its skill and its budget [s]."""

    text: str
    skill: str
    timeout_s: float


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """What the executor says it is doing; ``state`` is a constant of ``vla_msgs/TaskState``."""

    state: int
    step: int  # index into the plan
    attempt: int
    text: str
    detail: str
    elapsed_s: float


class Transcript:
    """The story of one task, line by line."""

    def __init__(self) -> None:
        self._plan_id = ""
        self._steps = 0
        self._last = ""

    def plan(self, plan_id: str, planner: str, steps: Sequence[PlannedStep]) -> list[str]:
        """Return the lines of a plan; none where it was told already or is empty."""
        if plan_id == self._plan_id or not steps:
            return []
        self._plan_id, self._steps = plan_id, len(steps)
        lines = [
            f"  {number}. {step.text}  [{step.skill}, at most {step.timeout_s:.0f} s]"
            for number, step in enumerate(steps, start=1)
        ]
        return [f"plan by {planner or 'the planner'}:", *lines]

    def status(self, status: TaskStatus) -> list[str]:
        """Return a line where something is new, else none."""
        name = _STATES[status.state] if status.state < len(_STATES) else f"state {status.state}"
        parts = [name]
        if status.text and name in ("running", "checking", "recovering"):
            attempt = f" (attempt {status.attempt})" if status.attempt > 1 else ""
            parts.append(f"{status.step + 1}/{max(self._steps, status.step + 1)} {status.text}{attempt}")
        if status.detail:
            parts.append(status.detail)
        line = ": ".join(parts)
        if line == self._last:
            return []
        self._last = line
        return [f"{status.elapsed_s:6.1f} s  {line}"]
