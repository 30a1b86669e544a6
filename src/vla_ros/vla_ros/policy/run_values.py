# SPDX-License-Identifier: Apache-2.0
"""Values that a session exchanges with the node around it: requests, jobs, outcomes, ends, status. No behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from vla_ros.policy.prediction import InferenceContext, Instruction, Prediction
from vla_ros.policy.schedule.scheduler import MergeResult
from vla_ros.types import ActionChunk, Observation

__all__ = ["EndCode", "InferenceJob", "Outcome", "Phase", "Publication", "RunEnd", "RunRequest", "SessionStatus"]


class Phase(IntEnum):
    """What the policy is doing; values equal the constants of ``vla_msgs/PolicyState``."""

    UNCONFIGURED = 0  # no checkpoint loaded
    INACTIVE = 1  # loaded and warm, not running
    IDLE = 2  # active, waiting for a run
    RUNNING = 3  # inferring and publishing references
    STARVED = 4  # the timeline ran out; the reference ended at rest
    BLIND = 5  # no fresh observation
    FAULT = 6  # decode failures, deadline misses or a dead backend


class EndCode(IntEnum):
    """How a run ended; values equal the constants of ``vla_msgs/ErrorCode``."""

    SUCCESS = 0  # a stop condition holds
    CANCELED = 2  # stopped by request, at a safe seam
    STOPPED = 3  # safety gave up the epoch: emergency stop or reset
    TIMEOUT = 4  # the time budget ran out
    POLICY_UNAVAILABLE = 7  # too many failures in a row, or the node is going down
    OBSERVATION_LOST = 8  # blind for too long
    PREEMPTED = 11  # a newer run took over


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One bounded run: what to do, for how long, and the names of the conditions that end it early with success."""

    instruction: Instruction
    timeout_ns: int
    stop_when: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InferenceJob:
    """One inference to be made in the inference thread; ``first`` asks to reset the policy before it."""

    observation: Observation
    instruction: Instruction
    context: InferenceContext
    started_ns: int
    deadline_ns: int
    first: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job: a prediction, or None and the reason in one sentence."""

    prediction: Prediction | None
    inference_ns: int
    error: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """What is to be published after an outcome: the raw chunk, the merged reference, and how it was merged."""

    raw: ActionChunk | None = None
    reference: ActionChunk | None = None
    result: MergeResult | None = None


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended, and the reference that brings its motion to an end (None where there is none to publish)."""

    code: EndCode
    message: str
    stopped_by: str
    elapsed_ns: int
    chunks: int
    reference: ActionChunk | None = None


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """Figures for ``vla_msgs/PolicyState``, diagnostics and feedback; times in nanoseconds."""

    phase: Phase
    detail: str
    epoch: int
    chunks: int
    decode_failures: int
    late_chunks: int
    starvations: int
    inference_p50_ns: int
    inference_p99_ns: int
    delay_ns: int
    observation_age_ns: int
    disagreement: float
    elapsed_ns: int
    progress: float
