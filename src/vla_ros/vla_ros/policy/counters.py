# SPDX-License-Identifier: Apache-2.0
"""What a session counts: chunks, failures by kind, starvations, latencies. No time, no decisions."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

import numpy as np

from vla_ros.policy.schedule.scheduler import MergeStatus

__all__ = ["Counters"]

WINDOW = 256  # inferences behind the percentiles: about a minute at the usual rates


@dataclass(slots=True)
class Counters:
    """Counts since activation."""

    merges: Counter[MergeStatus] = field(default_factory=Counter)
    errors: int = 0
    deadline_misses: int = 0
    starvations: int = 0
    observation_age_ns: int = -1
    disagreement: float = -1.0
    progress: float = -1.0
    durations_ns: deque[int] = field(default_factory=lambda: deque(maxlen=WINDOW))

    @property
    def chunks(self) -> int:
        """Chunks that entered a timeline."""
        return self.merges[MergeStatus.MERGED]

    @property
    def decode_failures(self) -> int:
        """Predictions that were no usable actions, and inferences that gave none."""
        unusable = (MergeStatus.UNDECODED, MergeStatus.NOT_FINITE, MergeStatus.MISMATCH)
        return self.errors + sum(self.merges[status] for status in unusable)

    @property
    def late_chunks(self) -> int:
        """Predictions that came after their horizon or were overtaken, and deadlines that were missed."""
        return self.merges[MergeStatus.LATE] + self.merges[MergeStatus.OVERTAKEN] + self.deadline_misses

    def percentile_ns(self, percent: float) -> int:
        """Return a percentile of the last inference durations; 0 before the first."""
        return round(float(np.percentile(self.durations_ns, percent))) if self.durations_ns else 0
