# SPDX-License-Identifier: Apache-2.0
"""A policy's runs: from observations to inference jobs, from predictions to references, from a goal to its end.

Pure: time comes in as an argument, threads and messages are the node's. One owner at a time calls it. Nothing of a run
survives it: each has an epoch of its own, and what arrives for another is dropped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from vla_ros.contract import Contract
from vla_ros.errors import ConfigError, ContractError, PolicyError, unknown_name
from vla_ros.policy.configuration import PolicyConfig
from vla_ros.policy.counters import Counters
from vla_ros.policy.prediction import Instruction, Prediction
from vla_ros.policy.run import Run, Verdict
from vla_ros.policy.run_values import (
    EndCode,
    InferenceJob,
    Outcome,
    Phase,
    Publication,
    RunEnd,
    RunRequest,
    SessionStatus,
)
from vla_ros.policy.schedule.disagreement import Alarm
from vla_ros.policy.schedule.scheduler import ChunkScheduler, MergeStatus
from vla_ros.policy.schedule.strategy import Strategy, strategy
from vla_ros.policy.seam_time import safe_seam_ns
from vla_ros.policy.specification import PolicySpecification
from vla_ros.policy.stop_conditions import require_conditions
from vla_ros.types import ActionChunk, Observation

__all__ = ["PolicySession", "require_observed", "require_strategy"]

ANEW_NS = 500_000_000  # longer than an inference and its way to safety and back


def require_strategy(specification: PolicySpecification, chosen: Strategy) -> None:
    """Refuse a strategy that the policy cannot serve.

    Raises:
        ConfigError: naming what the policy lacks.
    """
    if chosen.conditioning not in specification.conditionings:
        able = ", ".join(sorted(kind.value for kind in specification.conditionings))
        raise ConfigError(
            f"the strategy '{chosen.name}' needs a policy that can be told what runs ({chosen.conditioning.value}); "
            f"'{specification.policy_id}' offers: {able}"
        )
    if chosen.samples > specification.largest_samples:
        raise ConfigError(
            f"the strategy '{chosen.name}' needs {chosen.samples} samples at once, "
            f"'{specification.policy_id}' draws {specification.largest_samples}"
        )


def require_observed(specification: PolicySpecification, contract: Contract) -> None:
    """Refuse a robot whose observations lack something that the policy looks at.

    Raises:
        ContractError: naming it and the nearest thing that is observed.
    """
    for kind, needed, given in (
        ("image", specification.image_keys, contract.image_keys),
        ("state entry", specification.state_names, contract.state_names),
    ):
        missing = [name for name in needed if name not in given]
        if missing:
            sentence = unknown_name(kind, missing[0], given)
            raise ContractError(f"the robot lacks what '{specification.policy_id}' needs: {sentence}")


class PolicySession:
    """The core of the policy node."""

    def __init__(self, specification: PolicySpecification, config: PolicyConfig, *, moves_the_arm: bool = True) -> None:
        """Make an idle session.

        Args:
            specification: Of the policy.
            config: Strategy and settings.
            moves_the_arm: Whether the arm rests where nothing of this session is due; in a replay it moves by itself.

        Raises:
            ConfigError: the policy cannot serve the strategy.
        """
        chosen = strategy(config.strategy)
        require_strategy(specification, chosen)
        self.specification = specification
        self.counters = Counters()
        self._config = config.session
        self._moves_the_arm = moves_the_arm
        self._scheduler = ChunkScheduler(chosen, config.scheduler)
        self._observations: deque[Observation] = deque(maxlen=specification.history)
        self._run: Run | None = None
        self._job: InferenceJob | None = None  # in the inference thread, possibly of a run that is over
        self._missed: InferenceJob | None = None  # the one whose missed deadline was counted
        self._anew_ns = -ANEW_NS  # when the plan was forgotten

    @property
    def epoch(self) -> int:
        """Epoch of the newest run."""
        return self._scheduler.epoch

    @property
    def running(self) -> bool:
        """Whether a run is going on."""
        return self._run is not None

    def begin(self, now_ns: int, request: RunRequest, epoch: int) -> None:
        """Begin a run in a new epoch; one that is going on has to be ended before.

        Raises:
            PolicyError: a run is going on, or the epoch is not a new one.
            ConfigError: a stop condition does not exist, or the timeout is not positive.
        """
        if self._run is not None or epoch <= self.epoch:
            raise PolicyError(f"a run cannot begin: epoch {epoch} after {self.epoch}, running: {self.running}")
        require_conditions(request.stop_when)
        if request.timeout_ns <= 0:
            raise ConfigError(f"the timeout of a run must be > 0 s, got {request.timeout_ns / 1e9:g}")
        alarm = Alarm(self._config.disagreement_threshold)
        self._run = Run(request, self._config, now_ns, seen_ns=now_ns, alarm=alarm)
        self._scheduler = self._scheduler.reset(epoch)
        self._observations.clear()

    def instruct(self, change: Callable[[Instruction], Instruction]) -> None:
        """Change the instruction of the run that is going on (language motion, latent); without one nothing happens."""
        if self._run is not None:
            self._run.instruct(change(self._run.request.instruction))

    def observe(self, observation: Observation) -> None:
        """Take the newest observation; one that is not newer than the last is ignored."""
        if self._observations and observation.stamp_ns <= self._observations[-1].stamp_ns:
            return
        self._observations.append(observation)
        if self._run is not None:
            self._run.see(observation)

    def next_job(self, now_ns: int) -> InferenceJob | None:
        """Return the inference that is to be started now, if any."""
        run = self._run
        if run is None or run.seam_ns is not None or self._job is not None or self._blindness(now_ns):
            return None
        if not self._scheduler.wants_inference(now_ns):
            return None
        observation = self._observations[-1]
        self._scheduler, context = self._scheduler.start(now_ns, observation.stamp_ns, self.specification.first_row_ns)
        self.counters.observation_age_ns = now_ns - observation.stamp_ns
        self._job = InferenceJob(
            observation=observation,
            instruction=run.instruction(now_ns),
            context=replace(context, past=tuple(self._observations)[:-1]),
            started_ns=now_ns,
            deadline_ns=now_ns + self._config.deadline_ns,
            first=run.inferences == 0,
        )
        return self._job

    def complete(self, now_ns: int, job: InferenceJob, outcome: Outcome) -> Publication:
        """Take the outcome of ``job`` and return what is to be published."""
        self._job = None
        self.counters.durations_ns.append(outcome.inference_ns)
        run = self._run
        if run is None or job.context.epoch != self.epoch:  # the scheduler of a new epoch has nothing in flight
            return Publication()
        run.inferences += 1
        self._scheduler = self._scheduler.fail()  # in flight no more; a merge below makes it a success
        if outcome.prediction is None:
            self.counters.errors += 1
            run.fail(outcome.error)
            return Publication()
        prediction = _numbered(outcome.prediction, run.inferences, outcome.inference_ns)
        if run.seam_ns is not None:  # it comes to its end; nothing new enters the timeline
            return Publication(raw=prediction.chunk)
        return self._merge(now_ns, run, prediction, job.observation)

    def cancel(self, now_ns: int) -> ActionChunk | None:
        """Let the run end at the next safe seam; return the reference that ends there, if there is one."""
        run = self._run
        if run is None or run.seam_ns is not None:
            return None
        self._scheduler, run.seam_ns = _ended(self._scheduler, now_ns, self._config.cancel_ns)
        return _reference(self._scheduler, now_ns)

    def plan_anew(self, now_ns: int) -> None:
        """Forget what is planned: the arm rests elsewhere and safety refuses to go there.

        What is told again within `ANEW_NS` may be of the plan that was forgotten, and changes nothing.
        """
        run = self._run
        if run is None or run.seam_ns is not None or now_ns - self._anew_ns < ANEW_NS:
            return
        self._anew_ns = now_ns
        self._scheduler = self._scheduler.forget()

    def end(self, now_ns: int, verdict: Verdict) -> RunEnd | None:
        """End the run now; its motion ends at the next safe seam. None where there is no run."""
        run = self._run
        if run is None:
            return None
        if run.seam_ns is None:
            self._scheduler, _ = _ended(self._scheduler, now_ns, self._config.cancel_ns)
        self._run = None
        return RunEnd(
            code=verdict.code,
            message=verdict.message,
            stopped_by=verdict.stopped_by or verdict.code.name.lower(),
            elapsed_ns=now_ns - run.started_ns,
            chunks=run.chunks,
            # Safety has given this epoch up already: there is nobody to tell.
            reference=None if verdict.code is EndCode.STOPPED else _reference(self._scheduler, now_ns),
        )

    def check(self, now_ns: int) -> RunEnd | None:
        """Count what time alone brings, and end the run if it is over."""
        run = self._run
        if run is None:
            return None
        job, timeline = self._job, self._scheduler.timeline
        if job is not None and job is not self._missed and now_ns > job.deadline_ns:
            self._missed = job
            self.counters.deadline_misses += 1
            run.fail(f"an inference took longer than {self._config.deadline_s:g} s")
        if timeline is not None and not run.starved and not timeline.covers(now_ns):
            run.starved = True
            self.counters.starvations += 1
        verdict = run.verdict(now_ns)
        return None if verdict is None else self.end(now_ns, verdict)

    def status(self, now_ns: int) -> SessionStatus:
        """Return the figures of this moment."""
        run, late = self._run, self._job is not None and self._job is self._missed
        faulty = run is not None and (late or run.failures >= self._config.max_failures)
        phase, detail = _phase(run, self._blindness(now_ns) if run else "", faulty=faulty)
        counters = self.counters
        return SessionStatus(
            phase=phase,
            detail=detail,
            epoch=self.epoch,
            chunks=counters.chunks,
            decode_failures=counters.decode_failures,
            late_chunks=counters.late_chunks,
            starvations=counters.starvations,
            inference_p50_ns=counters.percentile_ns(50),
            inference_p99_ns=counters.percentile_ns(99),
            delay_ns=self._scheduler.delay.estimate_ns,
            observation_age_ns=counters.observation_age_ns,
            disagreement=counters.disagreement,
            elapsed_ns=now_ns - run.started_ns if run else 0,
            progress=counters.progress,
        )

    def _blindness(self, now_ns: int) -> str:
        """Return why no inference can start, or an empty text."""
        if len(self._observations) < self.specification.history:
            return "no observation since the run began"
        age_ns = now_ns - self._observations[-1].stamp_ns
        if age_ns > self._config.max_observation_age_ns:
            return f"the newest observation is {age_ns / 1e9:.2f} s old"
        run = self._run
        if self.specification.latent and run is not None:
            latent = run.instruction(now_ns).latent
            if latent is None or latent.latent_id != self.specification.latent:
                return f"no valid latent '{self.specification.latent}'"
        return ""

    def _merge(self, now_ns: int, run: Run, prediction: Prediction, observation: Observation) -> Publication:
        raw = prediction.chunk
        if self._moves_the_arm and raw.end_ns > now_ns:  # else it is too old for anything
            # Rows begin where the arm still is: skipping those of its rest, safety would find the next too far off.
            rested_ns = self._scheduler.rested_ns(now_ns, observation.stamp_ns)
            prediction = replace(prediction, chunk=replace(raw, stamp_ns=raw.stamp_ns + rested_ns))
        self._scheduler, result = self._scheduler.merge(now_ns, prediction)
        self.counters.merges[result.status] += 1
        if result.status is not MergeStatus.MERGED:
            run.fail(f"a chunk was refused: {result.status.value}")
            return Publication(raw=raw, result=result)
        run.accept(prediction, observation, result.disagreement)
        self.counters.disagreement, self.counters.progress = result.disagreement, prediction.progress
        return Publication(raw, _reference(self._scheduler, now_ns), result)


def _phase(run: Run | None, blindness: str, *, faulty: bool) -> tuple[Phase, str]:
    """Return the phase of a session and what is to be said of it."""
    if run is None:
        return Phase.IDLE, ""
    if faulty:
        return Phase.FAULT, run.error
    if blindness:
        return Phase.BLIND, blindness
    if run.starved:
        return Phase.STARVED, "the timeline ran out"
    alarmed = "successive chunks disagree more than in runs that succeed"
    return Phase.RUNNING, alarmed if run.alarm.raised else run.error


def _reference(scheduler: ChunkScheduler, now_ns: int) -> ActionChunk | None:
    timeline = scheduler.timeline
    return timeline.reference(now_ns) if timeline is not None and timeline.covers(now_ns) else None


def _ended(scheduler: ChunkScheduler, now_ns: int, longest_ns: int) -> tuple[ChunkScheduler, int]:
    """Return the scheduler whose motion ends at the next safe seam, and when that is."""
    if scheduler.timeline is None:
        return scheduler, now_ns
    seam_ns = safe_seam_ns(scheduler.timeline, now_ns, longest_ns)
    return scheduler.cut(seam_ns), seam_ns


def _numbered(prediction: Prediction, number: int, inference_ns: int) -> Prediction:
    chunk = prediction.chunk
    provenance = replace(chunk.provenance, chunk_id=number, inference_ns=inference_ns)
    return replace(prediction, chunk=replace(chunk, provenance=provenance))
