# SPDX-License-Identifier: Apache-2.0
"""The policy's session in lock step: inferences that take their time, references when they arrive. No thread.

An inference is computed at once; what it gives arrives ``delay`` later on the simulated time axis.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from vla_ros.errors import PolicyError
from vla_ros.policy.interface import Policy
from vla_ros.policy.run_values import InferenceJob, Outcome, RunEnd, RunRequest
from vla_ros.policy.session import PolicySession
from vla_ros.types import ActionChunk, Observation

__all__ = ["Flown", "Pilot"]

FAR_NS = 1 << 60  # an inference is late by its simulated delay, never by this machine's clock


@dataclass(slots=True)
class Flown:
    """What a run gave.

    Attributes:
        references: Time and merged reference.
        delays_ns: Observation to arrival, of merged predictions.
        inference_ns: What inferences really took.
        errors: Inferences without answer, by sentence.
        merges: Predictions by what became of them.
        done: The policy's newest probability that it is done; -1 where it gives none.
        end: How the run ended; None while it goes on.
    """

    references: list[tuple[int, ActionChunk]] = field(default_factory=list)
    delays_ns: list[int] = field(default_factory=list)
    inference_ns: list[int] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    merges: Counter[str] = field(default_factory=Counter)
    done: float = -1.0
    end: RunEnd | None = None


@dataclass(frozen=True, slots=True)
class _Flight:
    job: InferenceJob
    outcome: Outcome
    arrival_ns: int


@dataclass(frozen=True, slots=True)
class PilotPorts:
    """What a pilot is given: the clock that measures inferences, the delay that they are given, the developer."""

    clock_ns: Callable[[], int]
    delay_ns: int | None
    develop: Callable[[Observation, Sequence[str]], Observation]
    publish: Callable[[int, ActionChunk], None]


class Pilot:
    """Flies one run of a session."""

    def __init__(self, policy: Policy, session: PolicySession, ports: PilotPorts) -> None:
        self.flown = Flown()
        self._policy, self._session, self._ports = policy, session, ports
        self._flight: _Flight | None = None

    @property
    def starvations(self) -> int:
        """How often the timeline ran out."""
        return self._session.counters.starvations

    def begin(self, now_ns: int, request: RunRequest, epoch: int = 1) -> None:
        """Begin the run; a later one over the same safety filter has a higher epoch."""
        self._session.begin(now_ns, request, epoch)

    def cancel(self, now_ns: int) -> None:
        """Let the run end at the next safe seam."""
        self._publish(now_ns, self._session.cancel(now_ns))

    def observe(self, observation: Observation) -> None:
        """Take the newest observation."""
        self._session.observe(observation)

    def advance(self, now_ns: int) -> None:
        """Let what is due arrive, end a run that is over, start an inference that is due."""
        flight = self._flight
        if flight is not None and flight.arrival_ns <= now_ns:
            self._flight = None
            self._arrive(now_ns, flight)
        end = self._session.check(now_ns)
        if end is not None:
            self.flown.end = end
            self._publish(now_ns, end.reference)
        job = self._session.next_job(now_ns) if self._flight is None else None
        if job is not None:
            outcome = self._infer(job)
            delay_ns = outcome.inference_ns if self._ports.delay_ns is None else self._ports.delay_ns
            self._flight = _Flight(job, outcome, now_ns + delay_ns)

    def _infer(self, job: InferenceJob) -> Outcome:
        if job.first:
            self._policy.reset()
        keys = self._policy.specification.image_keys
        observation = self._ports.develop(job.observation, keys)
        past = tuple(self._ports.develop(earlier, keys) for earlier in job.context.past)
        began_ns = self._ports.clock_ns()
        try:
            prediction = self._policy.infer(observation, job.instruction, replace(job.context, past=past), FAR_NS)
        except PolicyError as error:
            self.flown.errors[str(error)] += 1
            return Outcome(None, self._ports.clock_ns() - began_ns, str(error))
        took_ns = self._ports.clock_ns() - began_ns
        self.flown.inference_ns.append(took_ns)
        self.flown.done = prediction.done
        return Outcome(prediction, took_ns)

    def _arrive(self, now_ns: int, flight: _Flight) -> None:
        publication = self._session.complete(now_ns, flight.job, flight.outcome)
        if publication.result is not None:
            self.flown.merges[publication.result.status.value] += 1
        if publication.reference is not None:
            self.flown.delays_ns.append(now_ns - flight.job.observation.stamp_ns)
            self._publish(now_ns, publication.reference)

    def _publish(self, now_ns: int, reference: ActionChunk | None) -> None:
        if reference is not None:
            self.flown.references.append((now_ns, reference))
            self._ports.publish(now_ns, reference)
