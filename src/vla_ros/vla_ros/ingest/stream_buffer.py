# SPDX-License-Identifier: Apache-2.0
"""The newest samples of one stream, checked against its clock, and the choice of one for a reference time."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from vla_ros.contract.model import Timing
from vla_ros.contract.streams import NS_PER_S, Alignment, ClockSource, StreamSpec
from vla_ros.ingest.sample import Sample
from vla_ros.types import StreamCondition, StreamReport

__all__ = ["StreamBuffer"]

_IMAGES = 8  # a quarter of a second at 30 Hz: more than any wait for another stream
_VALUES = 512  # half a second at 1 kHz
_SMOOTHING = 0.1  # weight of the newest interval in the measured rate: settles within about 20 samples


class StreamBuffer:
    """Bounded history of one stream: the newest samples win, nothing queues.

    A bad sample is not stored and marks the stream until a good one arrives.
    """

    def __init__(self, spec: StreamSpec, timing: Timing) -> None:
        self.spec = spec
        self._timing = timing
        self._samples: deque[Sample] = deque(maxlen=_IMAGES if spec.is_image else _VALUES)
        self._fault: tuple[StreamCondition, str] | None = None

    @property
    def newest_ns(self) -> int | None:
        """Stamp of the newest sample; None where there is none."""
        return self._samples[-1].stamp_ns if self._samples else None

    @property
    def healthy(self) -> bool:
        """Whether the last arrival was good."""
        return self._fault is None

    def clear(self) -> None:
        """Forget everything: the clock or the source has been restarted."""
        self._samples.clear()
        self._fault = None

    def is_restart(self, stamp_ns: int) -> bool:
        """Whether ``stamp_ns`` is so far before the newest sample that its source must have been restarted."""
        newest_ns = self.newest_ns
        return newest_ns is not None and newest_ns - stamp_ns > self._timing.jump_s * NS_PER_S

    def clock_fault(self, stamp_ns: int, receive_ns: int) -> str:
        """Return what is wrong with a stamp in one sentence; empty where it can be believed."""
        if self.spec.clock is ClockSource.RECEIVE:
            return ""
        if stamp_ns == 0:
            return "its stamp is zero: the driver does not stamp; use clock: receive"
        ahead_s = (stamp_ns - receive_ns) / NS_PER_S
        if ahead_s > self._timing.max_future_s:
            return f"its stamp is {ahead_s:.3f} s in the future of this clock"
        if -ahead_s > self._timing.max_offset_s:
            return f"its stamp is {-ahead_s:.1f} s behind this clock: it is from another clock"
        return ""

    def push(self, sample: Sample) -> None:
        """Store a sample with a believed stamp, unless it is older than the newest; one of the same stamp is a copy."""
        newest = self._samples[-1] if self._samples else None
        if newest is None:
            self._samples.append(sample)
            self._fault = None
            return
        step_ns = sample.stamp_ns - newest.stamp_ns
        if step_ns < 0:
            self.fail(StreamCondition.BAD_CLOCK, f"a sample came {-step_ns / NS_PER_S:.3f} s out of order")
            return
        if step_ns == 0:
            return
        smoothed = newest.interval_ns + _SMOOTHING * (step_ns - newest.interval_ns)
        self._samples.append(replace(sample, interval_ns=smoothed if newest.interval_ns else float(step_ns)))
        self._fault = None

    def fail(self, condition: StreamCondition, detail: str) -> None:
        """Mark the stream as bad until a good sample arrives."""
        self._fault = (condition, detail)

    def select(self, reference_ns: int) -> Sample | None:
        """Return the sample that belongs to ``reference_ns`` by the stream's alignment; None where there is none."""
        later: Sample | None = None
        for sample in reversed(self._samples):
            if sample.stamp_ns <= reference_ns:
                return sample if later is None or not self._is_nearer(later, sample, reference_ns) else later
            later = sample
        return later if self.spec.alignment is Alignment.NEAREST else None

    def newest_before_ns(self, limit_ns: int) -> int | None:
        """Return the stamp of the newest sample at or before ``limit_ns``; None where there is none."""
        return next((s.stamp_ns for s in reversed(self._samples) if s.stamp_ns <= limit_ns), None)

    def _is_nearer(self, later: Sample, earlier: Sample, reference_ns: int) -> bool:
        if self.spec.alignment is not Alignment.NEAREST:
            return False
        return later.stamp_ns - reference_ns < reference_ns - earlier.stamp_ns

    def examine(self, reference_ns: int, now_ns: int) -> tuple[Sample | None, StreamReport]:
        """Return the sample for ``reference_ns``, None where it must not be used, and the report that says why.

        Args:
            reference_ns: Time of the observation.
            now_ns: Time by which staleness is judged.
        """
        sample = self.select(reference_ns)
        condition, detail = self._judge(sample, reference_ns, now_ns)
        age_ns = -1 if sample is None else max(0, reference_ns - sample.stamp_ns)
        rate_hz = NS_PER_S / sample.interval_ns if sample is not None and sample.interval_ns else 0.0
        usable = sample if condition is StreamCondition.OK else None
        return usable, StreamReport(self.spec.key, condition, age_ns, rate_hz, detail)

    def _judge(self, sample: Sample | None, reference_ns: int, now_ns: int) -> tuple[StreamCondition, str]:
        if self._fault is not None:
            return self._fault
        if sample is None:
            if not self._samples:
                return StreamCondition.MISSING, f"nothing has arrived on '{self.spec.topic}'"
            return StreamCondition.SKEWED, "every sample is later than the reference time"
        age_ns = max(now_ns, reference_ns) - sample.stamp_ns
        if age_ns > self.spec.max_age_ns:
            limit_s = self.spec.max_age_s
            return StreamCondition.STALE, f"its newest sample is {age_ns / NS_PER_S:.3f} s old, allowed {limit_s:g} s"
        skew_ns = abs(reference_ns - sample.stamp_ns)
        if self.spec.alignment is not Alignment.HOLD and skew_ns > self.spec.max_skew_ns:
            limit_s = self.spec.max_skew_s
            return StreamCondition.SKEWED, f"it is {skew_ns / NS_PER_S:.3f} s from the reference, allowed {limit_s:g} s"
        return StreamCondition.OK, ""
