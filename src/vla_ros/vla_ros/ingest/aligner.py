# SPDX-License-Identifier: Apache-2.0
"""Brings the streams of a contract together at a reference time. Pure: every time is an argument.

Where any required stream is bad there is no observation but a rejection that names it; nothing is ever filled in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vla_ros.contract.model import Contract
from vla_ros.contract.streams import NS_PER_S, Alignment
from vla_ros.ingest.decoders import Arrival
from vla_ros.ingest.sample import Sample
from vla_ros.ingest.stream_buffer import StreamBuffer
from vla_ros.types import Observation, StreamCondition, StreamReport

__all__ = ["Aligner", "Rejection"]


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why there is no observation at ``reference_ns``: the report of every stream."""

    reference_ns: int
    streams: tuple[StreamReport, ...]

    @property
    def reason(self) -> str:
        """One sentence naming every bad stream."""
        bad = [report for report in self.streams if report.condition is not StreamCondition.OK]
        return "; ".join(f"{report.key} is {report.condition.name.lower()}: {report.detail}" for report in bad)


class Aligner:
    """Buffers of all streams of a contract and the observation at a time."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._buffers = {stream.key: StreamBuffer(stream, contract.timing) for stream in contract.streams}
        self._waited = [b for b in self._buffers.values() if b.spec.required and b.spec.alignment is not Alignment.HOLD]
        self._receive_ns = 0
        self._sequence = 0
        self.restarts = 0

    def push(self, arrival: Arrival) -> None:
        """Store what arrived; a clock or source that went back empties every buffer first."""
        jump_ns = self._contract.timing.jump_s * NS_PER_S
        if arrival.receive_ns < self._receive_ns - jump_ns:
            self.restart()
        self._receive_ns = arrival.receive_ns
        buffer = self._buffers[arrival.key]
        if arrival.fault:
            buffer.fail(StreamCondition.MALFORMED, arrival.fault)
        elif arrival.sample is not None:
            self._store(buffer, arrival.sample, arrival.receive_ns)

    def _store(self, buffer: StreamBuffer, sample: Sample, receive_ns: int) -> None:
        fault = buffer.clock_fault(sample.stamp_ns, receive_ns)
        if fault:
            buffer.fail(StreamCondition.BAD_CLOCK, fault)
            return
        if buffer.is_restart(sample.stamp_ns):
            self.restart()
        buffer.push(sample)

    def restart(self) -> None:
        """Empty every buffer: what they hold belongs to another run of the clock."""
        for buffer in self._buffers.values():
            buffer.clear()
        self.restarts += 1

    def newest_ns(self, key: str) -> int | None:
        """Stamp of the newest sample of a stream; None where there is none."""
        return self._buffers[key].newest_ns

    def has_reached(self, reference_ns: int) -> bool:
        """Whether every required stream that is waited for has a sample at or after ``reference_ns``.

        Then the observation at that time is final: no sample that is still under way can change it.
        """
        stamps = (buffer.newest_ns for buffer in self._waited)
        return all(stamp_ns is not None and stamp_ns >= reference_ns for stamp_ns in stamps)

    def reports(self, now_ns: int) -> tuple[StreamReport, ...]:
        """Return the condition of every stream as of now; ages are those of the newest samples.

        Skew is judged at the newest stamp of the pacing stream that every live stream has reached, as an observation's
        is: the newest samples of free-running streams lie up to a period apart, which is no fault.
        """
        reference_ns = self._settled_ns(now_ns)
        found = []
        for buffer in self._buffers.values():
            report = buffer.examine(reference_ns, now_ns)[1]
            age_ns = -1 if buffer.newest_ns is None else max(0, now_ns - buffer.newest_ns)
            found.append(replace(report, age_ns=age_ns))
        return tuple(found)

    def _settled_ns(self, now_ns: int) -> int:
        live = [b.newest_ns for b in self._waited if b.newest_ns and now_ns - b.newest_ns <= b.spec.max_age_ns]
        reached_ns = min(live, default=now_ns)
        pace = self._buffers[self._contract.timing.pace]
        paced_ns = pace.newest_before_ns(reached_ns)
        return reached_ns if paced_ns is None or now_ns - paced_ns > pace.spec.max_age_ns else paced_ns

    def observe(self, reference_ns: int, now_ns: int | None = None) -> Observation | Rejection:
        """Return the observation at ``reference_ns``, or why there is none.

        Args:
            reference_ns: Time that the samples are chosen for.
            now_ns: Time by which they may be stale; the reference time where it is not given.
        """
        now_ns = reference_ns if now_ns is None else now_ns
        examined = {key: buffer.examine(reference_ns, now_ns) for key, buffer in self._buffers.items()}
        reports = tuple(report for _, report in examined.values())
        if any(self._buffers[key].spec.required and sample is None for key, (sample, _) in examined.items()):
            return Rejection(reference_ns, reports)
        return self._assemble(reference_ns, {key: sample for key, (sample, _) in examined.items() if sample}, reports)

    def _assemble(
        self, reference_ns: int, samples: dict[str, Sample], reports: tuple[StreamReport, ...]
    ) -> Observation:
        images = {key: sample.value for key, sample in samples.items() if isinstance(sample.value, np.ndarray)}
        specs = [stream for stream in self._contract.streams if stream.key in samples and not stream.is_image]
        aligned = [s.stamp_ns for k, s in samples.items() if self._buffers[k].spec.alignment is not Alignment.HOLD]
        sequence, self._sequence = self._sequence, self._sequence + 1
        return Observation(
            stamp_ns=reference_ns,
            images=images,
            image_stamps_ns={key: samples[key].stamp_ns for key in images},
            state_names=tuple(name for spec in specs for name in spec.state_names),
            state=np.array([value for spec in specs for value in samples[spec.key].value], np.float64),
            streams=reports,
            skew_ns=max(aligned) - min(aligned) if aligned else 0,
            sequence=sequence,
            contract_hash=self._contract.hash,
        )
