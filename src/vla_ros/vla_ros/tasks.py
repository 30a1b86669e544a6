# SPDX-License-Identifier: Apache-2.0
"""Values that planner and executor exchange: plans, subtasks, verdicts and result codes. No ROS, no behaviour.

The enums have the values of the constants in ``vla_msgs``. Times are integer nanoseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from vla_ros.errors import VlaError

__all__ = ["CheckResult", "ErrorCode", "Grounding", "Plan", "Refusal", "Subtask", "Verdict"]


class ErrorCode(IntEnum):
    """How something ended; values of ``vla_msgs/ErrorCode``."""

    SUCCESS = 0  # done and checked
    FAILED = 1  # tried within its budget and not done
    CANCELED = 2  # stopped by request, at a safe seam
    STOPPED = 3  # a stop word, the operator or the e-stop ended it
    TIMEOUT = 4  # the time budget ran out
    NOT_UNDERSTOOD = 5  # the instruction makes no sense or names nothing that is there
    PLANNER_UNAVAILABLE = 6  # no answer, or none that could be used
    POLICY_UNAVAILABLE = 7  # the policy is not active, died, or starved
    OBSERVATION_LOST = 8  # a required stream is missing or stale
    ROBOT_FAULT = 9  # reflex, controller refused, or recovery failed
    REFUSED = 10  # input out of bounds or not allowed by configuration
    PREEMPTED = 11  # a newer instruction took over
    INTERNAL = 12  # a defect


class Verdict(IntEnum):
    """Answer to "is it done?"; values of ``vla_msgs/srv/CheckSubtask``."""

    DONE = 1  # yes
    NOT_YET = 2  # under way or not begun, nothing is lost
    FAILED = 3  # needs another attempt
    UNSURE = 4  # cannot be seen


class Refusal(VlaError):
    """An instruction that is not carried out, with the code and the sentence that the person gets."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Grounding:
    """One object that the planner sees.

    Attributes:
        label: Colour and shape.
        image_key: Image that the coordinates belong to.
        point: ``(u, v)`` [px] of that image, origin top left; empty where not known.
        box: ``(u_min, v_min, u_max, v_max)`` [px]; empty where not known.
        confidence: 0..1, -1 where not known.
    """

    label: str
    image_key: str
    point: tuple[float, ...] = ()
    box: tuple[float, ...] = ()
    confidence: float = -1.0


@dataclass(frozen=True, slots=True)
class Subtask:
    """One bounded step of a plan.

    Attributes:
        subtask_id: Unique within the plan.
        text: Sentence for the policy.
        skill: Name in the skill library.
        objects: Labels of what takes part, the moved one first, then the target.
        success_question: Yes means done.
        timeout_ns: Budget of one attempt, > 0.
        groundings: Where the objects are.
    """

    subtask_id: str
    text: str
    skill: str
    objects: tuple[str, ...]
    success_question: str
    timeout_ns: int
    groundings: tuple[Grounding, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Subtasks in order, and which instruction they answer."""

    plan_id: str
    instruction: str
    subtasks: tuple[Subtask, ...]
    planner_id: str
    rationale: str = ""
    stamp_ns: int = 0


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Whether a subtask is done, how sure that is (0..1), and why in one sentence."""

    verdict: Verdict
    confidence: float
    reason: str
