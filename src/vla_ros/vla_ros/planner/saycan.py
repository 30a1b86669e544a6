# SPDX-License-Identifier: Apache-2.0
"""SayCan scoring: which skill next, by what the language model finds fitting and what the robot can do. Pure functions.

    next = argmax over skills of  p(skill | instruction, history) · affordance(skill, scene)

Source: Ahn et al., "Do As I Can, Not As I Say" (2022).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vla_ros.planner.skills import SkillLibrary, Step, TargetKind
from vla_ros.tasks import ErrorCode, Refusal

__all__ = ["Scored", "candidates", "plan_by_scores", "rank"]

DONE = Step("done")


@dataclass(frozen=True, slots=True)
class Scored:
    """A step with its language score (log-probability), its affordance (0..1) and their product as a logarithm."""

    step: Step
    log_probability: float
    affordance: float

    @property
    def score(self) -> float:
        """Log of the product; minus infinity where the affordance is 0."""
        return self.log_probability + math.log(self.affordance) if self.affordance > 0.0 else -math.inf


def candidates(library: SkillLibrary, things: Sequence[str], zones: Sequence[str]) -> list[Step]:
    """Return every step that the library allows with these things and zones, and ``done``."""
    targets = {
        TargetKind.NONE: [""],
        TargetKind.BIN: list(library.bins),
        TargetKind.ZONE: list(zones),
        TargetKind.THING: list(things),
    }
    steps = [
        Step(skill.name, thing, target)
        for skill in library.skills.values()
        for thing in (things if skill.needs_object else [""])
        for target in targets[skill.target]
    ]
    return [*(step for step in steps if not library.fault_of(step)), DONE]


def rank(
    steps: Sequence[Step], log_probabilities: Sequence[float], affordance: Callable[[Step], float]
) -> list[Scored]:
    """Return the steps, the best first."""
    scored = [Scored(s, p, affordance(s)) for s, p in zip(steps, log_probabilities, strict=True)]
    return sorted(scored, key=lambda item: -item.score)


def plan_by_scores(
    steps: Sequence[Step],
    language: Callable[[Sequence[Step], Sequence[Step]], Sequence[float]],
    affordance: Callable[[Step], float],
    longest: int = 8,
) -> tuple[Step, ...]:
    """Return the plan that picks the best step again and again until ``done`` is best.

    Args:
        steps: Candidates, with ``done``.
        language: Log-probability of each candidate after the steps chosen so far.
        affordance: Share of success that each step can be expected to have now, 0..1.
        longest: Most steps.

    Raises:
        Refusal: nothing can be done, or ``done`` never becomes the best.
    """
    chosen: list[Step] = []
    while len(chosen) <= longest:
        best = rank(steps, language(steps, chosen), affordance)[0]
        if best.score == -math.inf:
            raise Refusal(ErrorCode.NOT_UNDERSTOOD, "Nothing that fits the instruction can be done here.")
        if best.step == DONE:
            return tuple(chosen)
        chosen.append(best.step)
    raise Refusal(ErrorCode.PLANNER_UNAVAILABLE, f"The plan has no end within {longest} steps.")
