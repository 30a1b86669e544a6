# SPDX-License-Identifier: Apache-2.0
"""What a planner back end is asked and answers. Requests, drafts and the protocol; no back end is here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from vla_ros.planner.skills import Step
from vla_ros.tasks import CheckResult, Subtask
from vla_ros.types import ImageArray

__all__ = ["Backend", "CheckRequest", "Draft", "PlanRequest"]


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What a plan is asked for.

    Attributes:
        instruction: The person's words.
        images: ``(H, W, 3)`` uint8 RGB by key; may be empty.
        history: Earlier attempts, oldest first, as sentences.
        feedback: Scene, success and human feedback in plain words (Inner Monologue).
        reason: Why: new, failure, timeout, scene_changed.
        deadline_ns: Latest time of the answer, on the clock that the back end was made with; 0: none.
    """

    instruction: str
    images: Mapping[str, ImageArray] = field(default_factory=dict)
    history: tuple[str, ...] = ()
    feedback: tuple[str, ...] = ()
    reason: str = "new"
    deadline_ns: int = 0


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """A subtask whose success is asked for, the images to judge it by, and the latest time of the answer."""

    subtask: Subtask
    images: Mapping[str, ImageArray] = field(default_factory=dict)
    deadline_ns: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan as a back end proposes it, before it is checked against the skill library."""

    steps: tuple[Step, ...]
    rationale: str = ""


class Backend(Protocol):
    """Something that plans and judges. Both methods raise ``Refusal`` where they have no usable answer."""

    @property
    def planner_id(self) -> str:
        """Name of the back end and its checkpoint."""

    def plan(self, request: PlanRequest) -> Draft:
        """Return the steps that carry the instruction out."""

    def check(self, request: CheckRequest) -> CheckResult:
        """Return whether the subtask is done; ``UNSURE`` where it cannot be seen."""
