# SPDX-License-Identifier: Apache-2.0
"""The chunk scheduler: when to infer, with which context, and how a prediction enters the timeline. Pure.

A scheduler is one immutable state machine; what differs between strategies is data (:class:`Strategy`): a trigger, a
combination rule, a kind of conditioning, and whether seams are blended. Not here: threads, inference, publishing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum

import numpy as np
import numpy.typing as npt

from vla_ros.errors import ConfigError
from vla_ros.policy.prediction import InferenceContext, Prediction
from vla_ros.policy.schedule.bidirectional import select_sample
from vla_ros.policy.schedule.delay import DelayEstimator, WindowedMaximum
from vla_ros.policy.schedule.disagreement import disagreement, same_layout
from vla_ros.policy.schedule.seam import SeamBounds, blend
from vla_ros.policy.schedule.strategy import Strategy, Trigger
from vla_ros.policy.schedule.timeline import Timeline, resample
from vla_ros.policy.specification import Conditioning
from vla_ros.types import ActionChunk

__all__ = ["ChunkScheduler", "MergeResult", "MergeStatus", "SchedulerConfig"]

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]


class MergeStatus(Enum):
    """What became of a prediction."""

    MERGED = "merged"  # it is part of the timeline
    LATE = "late"  # every row was due before it arrived
    OVERTAKEN = "overtaken"  # a prediction from a newer observation is already in the timeline
    OLD_EPOCH = "old epoch"  # it belongs to a task that is over
    UNDECODED = "undecoded"  # the decoder rejected the model's output
    NOT_FINITE = "not finite"  # a value is NaN or infinite
    MISMATCH = "mismatch"  # other action space, columns or period than the running timeline


@dataclass(frozen=True, slots=True)
class SchedulerConfig:
    """Settings of a chunk scheduler.

    Attributes:
        execute_rows: Rows that are executed before the next inference starts; committing to less than 4 makes a
            policy hover (measured: 65 % instead of 100 % success when every step is replanned).
        history: Predictions that are kept for ensembles.
        seam: Bounds of the seam blend.
    """

    execute_rows: int = 4
    history: int = 4
    seam: SeamBounds = field(default_factory=SeamBounds)

    def __post_init__(self) -> None:
        if self.execute_rows < 1:
            raise ConfigError(f"execute_rows must be >= 1, got {self.execute_rows}")
        if self.history < 1:
            raise ConfigError(f"history must be >= 1, got {self.history}")


@dataclass(frozen=True, slots=True)
class MergeResult:
    """What a merge did.

    Attributes:
        status: What became of the prediction.
        delay_ns: Observation-to-arrival delay that was measured.
        disagreement: Distance to the previous prediction over the shared times in in-chunk RMS steps; -1: no overlap.
    """

    status: MergeStatus
    delay_ns: int
    disagreement: float = -1.0


@dataclass(frozen=True, slots=True)
class ChunkScheduler:
    """An immutable scheduler; every event returns the next one.

    Attributes:
        strategy: What distinguishes this scheduler from the others.
        config: Settings.
        epoch: Predictions of other epochs are refused.
        timeline: What is going to be executed; None before the first prediction.
        delay: Estimator of the observation-to-arrival delay.
        history: Newest raw predictions, oldest first.
        started_ns: When the last inference started; None before the first.
        in_flight: An inference is running.
    """

    strategy: Strategy
    config: SchedulerConfig = field(default_factory=SchedulerConfig)
    epoch: int = 0
    timeline: Timeline | None = None
    delay: DelayEstimator = field(default_factory=WindowedMaximum)
    history: tuple[Prediction, ...] = ()
    started_ns: int | None = None
    in_flight: bool = False

    def reset(self, epoch: int) -> ChunkScheduler:
        """Return an empty scheduler for ``epoch``; only the measured delay survives."""
        return ChunkScheduler(self.strategy, self.config, epoch, delay=self.delay)

    def forget(self) -> ChunkScheduler:
        """Return the scheduler of the same epoch without a plan: the next prediction begins where the arm rests."""
        return replace(self, timeline=None, history=())

    def wants_inference(self, now_ns: int) -> bool:
        """Whether an inference is to be started now."""
        if self.in_flight:
            return False
        if self.timeline is None or self.started_ns is None:
            return True
        if self.strategy.trigger is Trigger.EXHAUSTED:
            return not self.timeline.covers(now_ns)
        period_ns, delay_ns = self.timeline.chunk.period_ns, self.delay.estimate_ns
        runs_out = self.timeline.remaining_ns(now_ns) <= delay_ns + period_ns
        if self.strategy.trigger is Trigger.BEFORE_END:
            return runs_out
        return runs_out or now_ns - self.started_ns >= max(self.config.execute_rows * period_ns, delay_ns)

    def rested_ns(self, now_ns: int, observation_ns: int) -> int:
        """Return how long nothing was due between an observation and now: so long the arm stood still."""
        end_ns = observation_ns if self.timeline is None else max(self.timeline.chunk.end_ns, observation_ns)
        return max(0, now_ns - end_ns)

    def start(self, now_ns: int, observation_ns: int, first_row_ns: int = 0) -> tuple[ChunkScheduler, InferenceContext]:
        """Return the scheduler with an inference in flight, and the context for the model.

        Args:
            now_ns: When the inference starts.
            observation_ns: Stamp of the observation that it starts from.
            first_row_ns: Due time of row 0 of the policy's chunks after the observation.
        """
        begun = replace(self, in_flight=True, started_ns=now_ns)
        return begun, self._context(observation_ns, observation_ns + first_row_ns)

    def fail(self) -> ChunkScheduler:
        """Return the scheduler after an inference that gave nothing (error, deadline)."""
        return replace(self, in_flight=False)

    def cut(self, end_ns: int) -> ChunkScheduler:
        """Return the scheduler whose timeline ends at ``end_ns``: nothing is due after it."""
        return self if self.timeline is None else replace(self, timeline=self.timeline.ended_at(end_ns))

    def merge(self, now_ns: int, prediction: Prediction) -> tuple[ChunkScheduler, MergeResult]:
        """Return the scheduler with ``prediction`` in its timeline, and what became of it.

        Rows that are due at or before ``now_ns`` are never changed; nothing goes back in time.
        """
        chunk = prediction.chunk
        delay_ns = now_ns - chunk.provenance.observation_stamp_ns
        status = self._admit(now_ns, chunk)
        if status is MergeStatus.OLD_EPOCH:
            return self, MergeResult(status, delay_ns)
        delayed = replace(self, in_flight=False, delay=self.delay.add(delay_ns))
        if status is not MergeStatus.MERGED:
            return delayed, MergeResult(status, delay_ns)
        distance = disagreement(self.history[-1].chunk, chunk) if self.history else -1.0
        stamped = replace(chunk.provenance, delay_ns=delay_ns, disagreement=distance, strategy=self.strategy.name)
        prediction = replace(prediction, chunk=replace(chunk, provenance=stamped))
        if self.strategy.samples > 1:
            prediction = select_sample(prediction, self.timeline, now_ns)
        history = (*self.history, prediction)[-self.config.history :]
        timeline = self._combined(now_ns, history)
        return replace(delayed, history=history, timeline=timeline), MergeResult(status, delay_ns, distance)

    def _admit(self, now_ns: int, chunk: ActionChunk) -> MergeStatus:
        if chunk.provenance.epoch != self.epoch:
            return MergeStatus.OLD_EPOCH
        if not chunk.provenance.decode_ok or len(chunk.rows) == 0:
            return MergeStatus.UNDECODED
        if not (np.isfinite(chunk.rows).all() and np.isfinite(chunk.gripper_m).all()):
            return MergeStatus.NOT_FINITE
        if self.timeline is not None and not same_layout(chunk, self.timeline.chunk):
            return MergeStatus.MISMATCH
        if self.history and self._newest_ns > chunk.provenance.observation_stamp_ns:
            return MergeStatus.OVERTAKEN
        timeline = self.timeline or Timeline(chunk)
        if len(timeline.grid(max(now_ns, chunk.stamp_ns - 1), chunk.end_ns)) == 0:
            return MergeStatus.LATE
        return MergeStatus.MERGED

    @property
    def _newest_ns(self) -> int:
        return self.history[-1].chunk.provenance.observation_stamp_ns

    def _context(self, observation_ns: int, first_ns: int) -> InferenceContext:
        context = InferenceContext(epoch=self.epoch, samples=self.strategy.samples)
        if self.strategy.conditioning is Conditioning.NONE or self.timeline is None:
            return context
        chunk = self.timeline.chunk
        if first_ns > chunk.end_ns:  # nothing runs any more: the arm is at rest
            return context
        prefix, gripper = self.timeline.at(np.arange(first_ns, chunk.end_ns + 1, chunk.period_ns, dtype=np.int64))
        arrival_ns = observation_ns + self.delay.estimate_ns
        frozen = int(np.clip(-((first_ns - arrival_ns) // chunk.period_ns), 0, len(prefix)))
        free = len(self.history[-1].chunk.rows) - self.config.execute_rows
        follows = self.strategy.conditioning is Conditioning.FUTURE_STATE
        return replace(
            context,
            conditioning=self.strategy.conditioning,
            prefix=prefix,
            prefix_gripper_m=gripper if len(gripper) else None,
            frozen_rows=frozen,
            soft_end_row=max(frozen, min(len(prefix), free)),
            arrival_row=min(frozen, len(prefix) - 1) if follows else -1,
        )

    def _combined(self, now_ns: int, history: tuple[Prediction, ...]) -> Timeline:
        newest, old = history[-1].chunk, self.timeline
        timeline = old or Timeline(newest)
        times = timeline.grid(max(now_ns, newest.stamp_ns - 1), newest.end_ns)
        rows, gripper = self._predictions(timeline, times, history)
        if old is None:
            stamped = replace(newest, stamp_ns=int(times[0]), rows=timeline.algebra.normalise(rows), gripper_m=gripper)
            return Timeline(stamped)
        if self.strategy.blend:
            start_ns = max(now_ns, int(times[0]) - newest.period_ns)
            elapsed_s = np.asarray((times - start_ns) * 1e-9, dtype=np.float64)
            rows = blend(old.beside(times, rows), rows, elapsed_s, self.config.seam, timeline.algebra)
        return old.replaced(times, rows, gripper, newest)

    def _predictions(self, timeline: Timeline, times: Times, history: tuple[Prediction, ...]) -> tuple[Array, Array]:
        """Return combined rows ``(T, A)`` at ``times`` and the gripper of the newest prediction."""
        newest = history[-1]
        newest_rows, gripper = resample(newest.chunk, times)
        stack, valid = [], []
        for chunk in self._sources(history):
            covered = (times >= chunk.stamp_ns) & (times <= chunk.end_ns)
            filled = newest_rows.copy()
            filled[covered] = resample(chunk, times[covered])[0]
            stack.append(filled)
            valid.append(covered)
        stacked = np.stack([*stack, newest_rows])
        masks = np.stack([*valid, np.ones(len(times), dtype=bool)])
        confidence = np.full(len(stacked), newest.chunk.provenance.confidence)
        weights = self.strategy.rule(stacked, masks, confidence)
        return timeline.algebra.mean(stacked, weights), gripper

    def _sources(self, history: tuple[Prediction, ...]) -> list[ActionChunk]:
        """Return what is combined with the newest prediction, oldest first."""
        newest = history[-1]
        if self.strategy.companion:
            return [] if newest.companion is None else [replace(newest.chunk, rows=newest.companion)]
        if self.strategy.pairwise:
            return [] if self.timeline is None else [self.timeline.chunk]
        return [prediction.chunk for prediction in history[:-1]]
