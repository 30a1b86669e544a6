# SPDX-License-Identifier: Apache-2.0
"""The state of one run: what was asked, what was seen and predicted so far, and whether it is over. No clock."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from vla_ros.policy.prediction import Instruction, Prediction
from vla_ros.policy.run_values import EndCode, RunRequest
from vla_ros.policy.schedule.disagreement import Alarm
from vla_ros.policy.session_config import SessionConfig
from vla_ros.policy.stop_conditions import STOP_CONDITIONS, StopFacts
from vla_ros.types import Observation

__all__ = ["Run", "Verdict"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a run is over: code, sentence, and the name of what ended it (empty: the code's own)."""

    code: EndCode
    message: str = ""
    stopped_by: str = ""


@dataclass(slots=True)
class Run:
    """One run.

    Attributes:
        request: What was asked; its instruction follows the planner.
        config: Bounds.
        started_ns: When it began.
        seen_ns: Stamp of the newest observation.
        facts: What the stop conditions look at.
        alarm: Watches the disagreement of successive chunks.
        inferences: Predictions that came back; numbers the chunks.
        chunks: Chunks that entered the timeline.
        failures: Failures in a row.
        error: Sentence of the newest failure.
        seam_ns: When the motion ends, once the run was told to.
        starved: Whether the timeline has run out.
    """

    request: RunRequest
    config: SessionConfig
    started_ns: int
    seen_ns: int
    facts: StopFacts = field(default_factory=StopFacts)
    alarm: Alarm = field(default_factory=Alarm)
    inferences: int = 0
    chunks: int = 0
    failures: int = 0
    error: str = ""
    seam_ns: int | None = None
    starved: bool = False

    def see(self, observation: Observation) -> None:
        """Take a newer observation."""
        self.seen_ns = observation.stamp_ns
        self.facts = self.facts.seen(observation)

    def instruct(self, instruction: Instruction) -> None:
        """Change what is to be done."""
        self.request = replace(self.request, instruction=instruction)

    def instruction(self, now_ns: int) -> Instruction:
        """Return what is to be done now; an expired latent is left out."""
        instruction = self.request.instruction
        if instruction.latent is not None and instruction.latent.expired(now_ns):
            return replace(instruction, latent=None)
        return instruction

    def fail(self, error: str) -> None:
        """Count a failure."""
        self.failures += 1
        self.error = error

    def accept(self, prediction: Prediction, observation: Observation, disagreement: float) -> None:
        """Count a chunk that entered the timeline."""
        self.chunks += 1
        self.failures, self.error, self.starved = 0, "", False
        self.facts = self.facts.predicted(prediction, observation, self.config)
        self.alarm = self.alarm.add(disagreement)

    def verdict(self, now_ns: int) -> Verdict | None:
        """Return why the run is over, or None while it goes on."""
        if self.seam_ns is not None:
            return Verdict(EndCode.CANCELED, "stopped on request") if now_ns >= self.seam_ns else None
        for name in self.request.stop_when:
            if STOP_CONDITIONS[name](self.facts, self.config):
                return Verdict(EndCode.SUCCESS, stopped_by=name)
        if now_ns - self.started_ns >= self.request.timeout_ns:
            return Verdict(EndCode.TIMEOUT, f"not done within {self.request.timeout_ns / 1e9:g} s")
        if now_ns - self.seen_ns >= self.config.blind_timeout_ns:
            return Verdict(EndCode.OBSERVATION_LOST, "no fresh observation arrived")
        if self.failures >= self.config.max_failures:
            return Verdict(EndCode.POLICY_UNAVAILABLE, f"{self.failures} failures in a row: {self.error}")
        return None
