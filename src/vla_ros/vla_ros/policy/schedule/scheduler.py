# SPDX-License-Identifier: Apache-2.0
"""The chunk scheduler: when to infer, with which context, and how a prediction enters the timeline. Pure.

A scheduler is one immutable state machine; what differs between strategies is data (:class:`Strategy`): a trigger, a
combination rule, a kind of conditioning, and whether seams are blended. Not here: threads, inference, publishing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from enum import Enum

import numpy as np
import numpy.typing as npt

from vla_ros.errors import ConfigError
from vla_ros.policy.prediction import InferenceContext, Prediction
from vla_ros.policy.schedule.delay import DelayEstimator, WindowedMaximum
from vla_ros.policy.schedule.seam import SeamBounds, blend
from vla_ros.policy.schedule.strategy import Conditioning, Strategy, Trigger
from vla_ros.policy.schedule.timeline import Timeline, resample
from vla_ros.types import ActionChunk

__all__ = ["ChunkScheduler", "MergeResult", "MergeStatus", "SchedulerConfig", "disagreement"]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


class MergeStatus(Enum):
    """What became of a prediction."""

    MERGED = "merged"  # it is part of the timeline
    LATE = "late"  # every row was due before it arrived
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

    def wants_inference(self, now_ns: int) -> bool:
        """Whether an inference is to be started now."""
        if self.in_flight:
            return False
        if self.timeline is None or self.started_ns is None:
            return True
        if self.strategy.trigger is Trigger.EXHAUSTED:
            return not self.timeline.covers(now_ns)
        period_ns = self.timeline.chunk.period_ns
        committed_ns = max(self.config.execute_rows * period_ns, self.delay.estimate_ns)
        if self.strategy.trigger is Trigger.BEFORE_END:
            return self.timeline.remaining_ns(now_ns) <= self.delay.estimate_ns + period_ns
        return now_ns - self.started_ns >= committed_ns or self.timeline.remaining_ns(now_ns) <= self.delay.estimate_ns

    def start(self, now_ns: int, observation_ns: int) -> tuple[ChunkScheduler, InferenceContext]:
        """Return the scheduler with an inference in flight, and the context for the model."""
        return replace(self, in_flight=True, started_ns=now_ns), self._context(now_ns, observation_ns)

    def fail(self) -> ChunkScheduler:
        """Return the scheduler after an inference that gave nothing (error, deadline)."""
        return replace(self, in_flight=False)

    def merge(self, now_ns: int, prediction: Prediction) -> tuple[ChunkScheduler, MergeResult]:
        """Return the scheduler with ``prediction`` in its timeline, and what became of it.

        Rows that are due before ``now_ns`` are never changed; nothing goes back in time.
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
        prediction = replace(
            self._select(prediction), chunk=replace(self._select(prediction).chunk, provenance=stamped)
        )
        history = (*self.history, prediction)[-self.config.history :]
        timeline = self._combined(now_ns, history)
        return replace(delayed, history=history, timeline=timeline), MergeResult(status, delay_ns, distance)

    def _admit(self, now_ns: int, chunk: ActionChunk) -> MergeStatus:
        if chunk.provenance.epoch != self.epoch:
            return MergeStatus.OLD_EPOCH
        if not chunk.provenance.decode_ok:
            return MergeStatus.UNDECODED
        if not (np.isfinite(chunk.rows).all() and np.isfinite(chunk.gripper_m).all()):
            return MergeStatus.NOT_FINITE
        if self.timeline is not None and _layout(chunk) != _layout(self.timeline.chunk):
            return MergeStatus.MISMATCH
        if chunk.end_ns <= now_ns:
            return MergeStatus.LATE
        return MergeStatus.MERGED

    def _context(self, now_ns: int, observation_ns: int) -> InferenceContext:
        context = InferenceContext(epoch=self.epoch, samples=self.strategy.samples)
        if self.strategy.conditioning is Conditioning.NONE or self.timeline is None:
            return context
        chunk = self.timeline.chunk
        end_ns = chunk.end_ns
        start_ns = max(observation_ns, chunk.stamp_ns)
        if start_ns > end_ns:
            return context
        times = np.arange(start_ns, end_ns + 1, chunk.period_ns, dtype=np.int64)
        prefix, _ = resample(chunk, times)
        frozen = min(len(prefix), math.ceil((now_ns - observation_ns + self.delay.estimate_ns) / chunk.period_ns))
        horizon = len(self.history[-1].chunk.rows)
        return replace(
            context,
            prefix=prefix,
            frozen_rows=frozen,
            soft_end_row=max(frozen, min(len(prefix), horizon - self.config.execute_rows)),
            future_state_rows=max(0, frozen - 1) if self.strategy.conditioning is Conditioning.FUTURE_STATE else -1,
        )

    def _select(self, prediction: Prediction) -> Prediction:
        """Return the sample closest to the running timeline: backward coherence of BID (arXiv 2408.17355)."""
        if prediction.samples is None or self.timeline is None or self.strategy.samples == 1:
            return prediction
        chunk = prediction.chunk
        times = chunk.times_ns
        shared = (times >= self.timeline.chunk.stamp_ns) & (times <= self.timeline.chunk.end_ns)
        if not shared.any():
            return prediction
        running, _ = resample(self.timeline.chunk, times[shared])
        weights = 0.5 ** np.arange(int(shared.sum()))  # rho = 0.5 of the paper's decaying backward loss
        losses = [
            float(weights @ np.linalg.norm(self.timeline.algebra.difference(rows[shared], running), axis=1))
            for rows in prediction.samples
        ]
        return replace(prediction, chunk=replace(chunk, rows=prediction.samples[int(np.argmin(losses))]))

    def _combined(self, now_ns: int, history: tuple[Prediction, ...]) -> Timeline:
        newest = history[-1].chunk
        old = self.timeline
        timeline = old or Timeline.begin(newest)
        times = timeline.grid_from(max(now_ns, newest.stamp_ns), newest.end_ns)
        if len(times) == 0:  # less than one grid step is left of the chunk
            return timeline
        rows, gripper = self._predictions(timeline, times, history)
        if old is None:
            return timeline.with_rows(times, rows, gripper, newest)
        past_times, past_rows, past_gripper = _before(old, int(times[0]))
        _, running, _ = old.rows_from(int(times[0]))
        if self.strategy.blend:
            elapsed_s = (times - now_ns) * 1e-9
            rows = blend(running, rows, elapsed_s, self.config.seam, timeline.algebra)
        joined = np.concatenate([past_gripper, gripper]) if len(gripper) else gripper
        return timeline.with_rows(
            np.concatenate([past_times, times]), np.concatenate([past_rows, rows]), joined, newest
        )

    def _predictions(
        self, timeline: Timeline, times: npt.NDArray[np.int64], history: tuple[Prediction, ...]
    ) -> tuple[Array, Array]:
        """Return combined rows ``(T, A)`` at ``times`` and the gripper of the newest prediction."""
        newest = history[-1]
        newest_rows, gripper = resample(newest.chunk, times)
        stack = [newest_rows]
        valid = [np.ones(len(times), dtype=bool)]
        if self.strategy.companion and newest.companion is not None:
            sources = [replace(newest.chunk, rows=newest.companion)]
        elif self.strategy.pairwise:
            sources = [self.timeline.chunk] if self.timeline is not None else []
        else:
            sources = [prediction.chunk for prediction in history[:-1]]
        for chunk in reversed(sources):
            covered = (times >= chunk.stamp_ns) & (times <= chunk.end_ns)
            filled = newest_rows.copy()
            filled[covered] = resample(chunk, times[covered])[0]
            stack.insert(0, filled)
            valid.insert(0, covered)
        confidence = np.array([newest.chunk.provenance.confidence] * len(stack))
        stacked = np.stack(stack)
        weights = self.strategy.rule(stacked, np.stack(valid), confidence)
        return timeline.algebra.mean(stacked, weights), gripper


def disagreement(previous: ActionChunk, newest: ActionChunk) -> float:
    """Return the RMS distance of two predictions over their shared times, in RMS steps of the newest; -1: no overlap.

    It costs nothing and rises when the policy is out of its distribution (Rewind-IL and TIDE use the same signal).
    """
    times = newest.times_ns
    times = times[(times >= previous.stamp_ns) & (times <= previous.end_ns)]
    if len(times) < 2 or _layout(previous) != _layout(newest):
        return -1.0
    algebra = Timeline.begin(newest).algebra
    gap = algebra.difference(resample(newest, times)[0], resample(previous, times)[0])
    step = algebra.difference(newest.rows[1:], newest.rows[:-1])
    step_rms = float(np.sqrt(np.mean(step**2)))
    return float(np.sqrt(np.mean(gap**2))) / max(step_rms, 1e-6)


def _layout(chunk: ActionChunk) -> tuple[int, tuple[str, ...], int, bool]:
    return int(chunk.space), chunk.names, chunk.period_ns, len(chunk.gripper_m) > 0


def _before(timeline: Timeline, first_ns: int) -> tuple[npt.NDArray[np.int64], Array, Array]:
    """Return the last grid row before ``first_ns``: what is being executed, kept so that nothing jumps."""
    times = timeline.chunk.times_ns
    keep = times[times < first_ns][-1:]
    if len(keep) and keep[0] + timeline.chunk.period_ns < first_ns:  # the timeline had run out: it is at rest there
        keep = keep[:0]
    mask = np.isin(times, keep)
    gripper = timeline.chunk.gripper_m[mask] if len(timeline.chunk.gripper_m) else timeline.chunk.gripper_m
    return keep, timeline.chunk.rows[mask], gripper
