# SPDX-License-Identifier: Apache-2.0
"""One variant in lock step with a bag: session, policy and safety driven by the bag's times alone. Deterministic."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vla_ros.contract import Contract
from vla_ros.errors import PolicyError, VlaError
from vla_ros.policy.configuration import PolicyConfig
from vla_ros.policy.interface import Policy
from vla_ros.policy.prediction import Instruction, Prediction
from vla_ros.policy.run_values import InferenceJob, Outcome, RunRequest
from vla_ros.policy.session import PolicySession, require_observed
from vla_ros.replay.delays import Delay
from vla_ros.replay.result import VariantResult
from vla_ros.replay.safety_loop import SafetyLoop
from vla_ros.types import Observation

__all__ = ["LockStep", "Variant"]

FOREVER_NS = 1 << 60  # the bag ends the run, not a clock


@dataclass(frozen=True, slots=True)
class Variant:
    """What is replayed: a policy, its scheduling, the time that it takes, and the safety behind it.

    Attributes:
        name: In the report.
        policy, config: Which policy, and how it is scheduled.
        delay: How long an inference takes.
        safety: None: none.
        samples: Drawn at each observation, as far as the policy can.
        asked: Stamps of the observations at which it may be asked; empty: whenever its scheduler wants to.
    """

    name: str
    policy: Policy
    config: PolicyConfig
    delay: Delay
    safety: SafetyLoop | None = None
    samples: int = 1
    asked: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Flight:
    """An inference under way: its job, what came of it, and when it arrives."""

    job: InferenceJob
    outcome: Outcome
    arrival_ns: int


class LockStep:
    """Drives one variant. Events come in rising time: ``observe`` for an observation, ``tick`` for time alone."""

    def __init__(self, variant: Variant, contract: Contract, instruction: str) -> None:
        """Prepare a replay.

        Raises:
            VlaError: the policy does not fit the robot or the strategy.
        """
        require_observed(variant.policy.specification, contract)
        self._variant = variant
        self._joints = tuple(f"{name}.position" for name in contract.joints.names)
        self._session = PolicySession(variant.policy.specification, variant.config, moves_the_arm=False)
        self._instruction = instruction
        self._flight: _Flight | None = None
        self._newest_ns = self._used_ns = -1  # stamps of the newest observation, and of the last one that was asked
        self.result = VariantResult(variant.name, variant.policy.specification.policy_id, variant.config.strategy)
        self.result.safety = variant.safety.tally if variant.safety is not None else None

    def instruct(self, text: str) -> None:
        """Follow another sentence from now on; a run that goes on begins anew at the next observation."""
        self._instruction = text
        self._session.instruct(lambda instruction: Instruction(text))

    def observe(self, now_ns: int, observation: Observation) -> None:
        """Take an observation at the time at which ingestion made it."""
        self._advance(now_ns)
        if not self._session.running:
            request = RunRequest(Instruction(self._instruction), FOREVER_NS)
            self._session.begin(now_ns, request, self._session.epoch + 1)
        self._session.observe(observation)
        self._newest_ns = observation.stamp_ns
        if self._variant.safety is not None:
            self._variant.safety.see(now_ns, observation.values(self._joints))
        self._start(now_ns)

    def tick(self, now_ns: int) -> None:
        """Do what time alone brings: an inference may have become due, as by the timer of the live node."""
        self._advance(now_ns)
        self._start(now_ns)

    def _advance(self, now_ns: int) -> None:
        """Let what is under way arrive, and safety step, up to ``now_ns``."""
        flight = self._flight
        while flight is not None and flight.arrival_ns <= now_ns:
            self._arrive(flight)
            self._start(flight.arrival_ns)
            flight = self._flight
        end = self._session.check(now_ns)
        if end is not None:
            self.result.ends[end.code.name.lower()] += 1
        if self._variant.safety is not None:
            self._variant.safety.run_until(now_ns)

    def _start(self, now_ns: int) -> None:
        if self._newest_ns == self._used_ns or (self._variant.asked and self._newest_ns not in self._variant.asked):
            return
        job = self._session.next_job(now_ns)
        if job is None:
            return
        self._used_ns = job.observation.stamp_ns
        if job.first:
            self._variant.policy.reset()
        delay_ns = self._variant.delay(job.observation.stamp_ns)
        self.result.ages_ns.append(now_ns - job.observation.stamp_ns)
        self._flight = _Flight(job, self._infer(job, delay_ns), now_ns + delay_ns)
        if delay_ns == 0:
            self._arrive(self._flight)

    def _infer(self, job: InferenceJob, delay_ns: int) -> Outcome:
        policy = self._variant.policy
        samples = min(self._variant.samples, policy.specification.largest_samples)
        context = replace(job.context, samples=max(samples, job.context.samples))
        try:
            # Replay knows no deadline but the recorded delay; the wall clock must not decide.
            prediction = policy.infer(job.observation, job.instruction, context, FOREVER_NS)
        except PolicyError as error:
            self.result.errors[str(error)] += 1
            return Outcome(None, delay_ns, str(error))
        self.result.predictions.append(_checked(prediction))
        return Outcome(prediction, delay_ns)

    def _arrive(self, flight: _Flight) -> None:
        self._flight = None
        now_ns, result = flight.arrival_ns, self.result
        if self._variant.safety is not None:
            self._variant.safety.run_until(now_ns - 1)
        publication = self._session.complete(now_ns, flight.job, flight.outcome)
        if publication.result is not None:
            result.merges[publication.result.status.value] += 1
            if publication.result.disagreement >= 0.0:
                result.disagreements.append(publication.result.disagreement)
        if publication.reference is not None:
            result.references.append((now_ns, publication.reference))
            result.delays_ns.append(now_ns - flight.job.observation.stamp_ns)
            if self._variant.safety is not None:
                self._variant.safety.offer(now_ns, publication.reference)

    def finish(self, now_ns: int) -> VariantResult:
        """End the replay at ``now_ns`` and return what it gave."""
        self._advance(now_ns)
        self.result.starvations = self._session.counters.starvations
        return self.result


def _checked(prediction: Prediction) -> Prediction:
    if not np.isfinite(prediction.chunk.rows).all() and prediction.chunk.provenance.decode_ok:
        raise VlaError("the policy gave a chunk that is not finite and says that it is decoded")
    return prediction
