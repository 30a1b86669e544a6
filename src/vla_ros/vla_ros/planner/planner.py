# SPDX-License-Identifier: Apache-2.0
"""The planner: a back end between two checks. Input is bounded before it, every step is validated after it. No ROS."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from vla_ros.errors import ConfigError
from vla_ros.planner.backend import Backend, CheckRequest, PlanRequest
from vla_ros.planner.latents import LatentSource
from vla_ros.planner.skills import SkillLibrary
from vla_ros.tasks import CheckResult, ErrorCode, Plan, Refusal

__all__ = ["Planner", "PlannerLimits"]


@dataclass(frozen=True, slots=True)
class PlannerLimits:
    """Bounds of what is taken in and given out."""

    max_instruction_length: int = 500  # characters; a sentence for a table-top task has fewer than 200
    max_subtasks: int = 12

    def __post_init__(self) -> None:
        if min(self.max_instruction_length, self.max_subtasks) < 1:
            raise ConfigError("the planner's limits must be at least 1")


class Planner:
    """Turns instructions into plans of the skill library, or into refusals with a reason."""

    def __init__(self, backend: Backend, library: SkillLibrary, limits: PlannerLimits | None = None) -> None:
        self._backend = backend
        self._library = library
        self._limits = limits or PlannerLimits()
        self._count = 0

    @property
    def planner_id(self) -> str:
        """Name of the back end."""
        return self._backend.planner_id

    @property
    def latents(self) -> LatentSource | None:
        """The back end where it makes latents."""
        backend = self._backend
        return backend if isinstance(backend, LatentSource) and backend.latent_space.latent_id else None

    def plan(self, request: PlanRequest, now_ns: int) -> Plan:
        """Return the plan for an instruction.

        Raises:
            Refusal: the input is out of bounds, was not understood, or the back end gave nothing usable.
        """
        self._require_sane(request.instruction)
        draft = self._backend.plan(request)
        faults = [fault for step in draft.steps if (fault := self._library.fault_of(step))]
        if faults:
            raise Refusal(ErrorCode.NOT_UNDERSTOOD, f"The plan was refused: {faults[0]}")
        if not 0 < len(draft.steps) <= self._limits.max_subtasks:
            sentence = f"The plan has {len(draft.steps)} steps; 1 to {self._limits.max_subtasks} are allowed."
            raise Refusal(ErrorCode.REFUSED, sentence)
        self._count += 1
        digest = hashlib.sha256(f"{request.instruction}|{now_ns}".encode()).hexdigest()[:8]
        return Plan(
            plan_id=f"plan-{self._count}-{digest}",
            instruction=request.instruction,
            subtasks=tuple(self._library.subtask(step, index) for index, step in enumerate(draft.steps)),
            planner_id=self.planner_id,
            rationale=draft.rationale,
            stamp_ns=now_ns,
        )

    def check(self, request: CheckRequest) -> CheckResult:
        """Return whether a subtask is done.

        Raises:
            Refusal: the back end gave nothing usable.
        """
        return self._backend.check(request)

    def _require_sane(self, instruction: str) -> None:
        if not instruction.strip():
            raise Refusal(ErrorCode.REFUSED, "The instruction is empty.")
        limit = self._limits.max_instruction_length
        if len(instruction) > limit:
            raise Refusal(ErrorCode.REFUSED, f"The instruction has {len(instruction)} characters; {limit} are allowed.")
        if not all(character.isprintable() or character.isspace() for character in instruction):
            raise Refusal(ErrorCode.REFUSED, "The instruction holds characters that are not text.")
