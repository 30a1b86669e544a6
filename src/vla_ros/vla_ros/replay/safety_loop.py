# SPDX-License-Identifier: Apache-2.0
"""The safety filter in lock step with a bag: its steps by bag time, an arm that tracks perfectly, and a tally.

The recorded arm did not execute these references, so its measured state cannot follow them: the filter's own command
stands in for the measurement. Where the policy and the recording part (the reference begins too far away), the arm is
set back to the recorded position, and that is counted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from vla_ros.errors import VlaError
from vla_ros.types import ActionChunk, ActionSpace
from vla_safety import Grade, Limit, Reference, ReferenceKind, RobotState, SafetyFilter, SafetyOutput, SourceArbiter

__all__ = ["SafetyLoop", "SafetyTally", "reference_of"]

_KINDS = {
    ActionSpace.JOINT_POSITION: ReferenceKind.JOINT_POSITION,
    ActionSpace.JOINT_VELOCITY: ReferenceKind.JOINT_VELOCITY,
    ActionSpace.TOOL_POSE: ReferenceKind.TOOL_POSE,
    ActionSpace.TOOL_TWIST: ReferenceKind.TOOL_TWIST,
}
_INTERVENING = (Grade.SLOWED, Grade.PROJECTED, Grade.BRAKING, Grade.ESTOPPED)


def reference_of(chunk: ActionChunk) -> Reference:
    """Return a chunk as the filter takes it.

    Raises:
        VlaError: its rows are relative; they never reach safety.
    """
    if chunk.space not in _KINDS:
        raise VlaError(f"safety takes no rows of {chunk.space.name.lower()}")
    return Reference(
        kind=_KINDS[chunk.space],
        stamp_ns=chunk.stamp_ns,
        period_ns=chunk.period_ns,
        rows=chunk.rows,
        gripper=chunk.gripper_m if len(chunk.gripper_m) else None,
        source=chunk.provenance.source or "policy",
        epoch=chunk.provenance.epoch,
        chunk_id=chunk.provenance.chunk_id,
    )


@dataclass(slots=True)
class SafetyTally:
    """What the filter did.

    Attributes:
        steps: Control periods.
        grades: Steps by grade.
        limits: Steps in which a limit acted, by its name.
        interventions: Beginnings of such spells, by its name.
        refused: References that were not taken, by reason.
        anchors: How often the arm was set back to the recorded position.
        times_ns, positions: Command of each step, ``(N,)`` and ``(N, J)`` [rad].
        acting: Name of the limit that acts now; empty: none.
        looked_at: Reference whose refusal was counted.
    """

    steps: int = 0
    grades: Counter[str] = field(default_factory=Counter)
    limits: Counter[str] = field(default_factory=Counter)
    interventions: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    anchors: int = 0
    times_ns: list[int] = field(default_factory=list)
    positions: list[npt.NDArray[np.float64]] = field(default_factory=list)
    acting: str = ""
    looked_at: Reference | None = None

    def count(self, now_ns: int, output: SafetyOutput, reference: Reference | None) -> str:
        """Count a step; return the kind of a refusal that was not counted before, or an empty string."""
        report = output.report
        self.steps += 1
        self.grades[report.grade.value] += 1
        self.times_ns.append(now_ns)
        self.positions.append(output.trajectory.positions[0])
        acting = ""
        if report.active_limit is not Limit.NONE and report.grade in _INTERVENING:
            acting = report.active_limit.name.lower()
            self.limits[acting] += 1
            self.interventions[acting] += acting != self.acting
        self.acting = acting
        if not report.refused or reference is self.looked_at:
            return ""
        self.looked_at = reference
        kind = report.refused.partition(":")[0]
        self.refused[kind] += 1
        return kind


class SafetyLoop:
    """Steps a filter at its own rate up to the time that the bag has reached."""

    def __init__(self, safety: SafetyFilter) -> None:
        self.tally = SafetyTally()
        self._filter = safety
        self._arbiter = SourceArbiter(safety.config.sources)
        self._next_ns = -1
        self._measured: npt.NDArray[np.float64] | None = None

    def see(self, now_ns: int, position: npt.NDArray[np.float64]) -> None:
        """Take the recorded position ``(J,)`` [rad]; the first one starts the loop."""
        self._measured = position
        if self._next_ns < 0:
            self._anchor(now_ns)
            self._next_ns = now_ns

    def offer(self, now_ns: int, chunk: ActionChunk) -> None:
        """Take a new reference."""
        self._arbiter.offer(reference_of(chunk), now_ns)

    def run_until(self, now_ns: int) -> None:
        """Make every step that is due up to ``now_ns``."""
        while 0 <= self._next_ns <= now_ns:
            self._step(self._next_ns)
            self._next_ns += self._filter.config.period_ns

    def _anchor(self, now_ns: int) -> None:
        if self._measured is not None:
            at_rest = RobotState(now_ns, self._measured, np.zeros_like(self._measured))
            self._filter.reset(now_ns, at_rest)

    def _step(self, now_ns: int) -> None:
        command = self._filter.held.command(now_ns)
        reference = self._arbiter.current(now_ns)
        output = self._filter.step(now_ns, RobotState(now_ns, command[0], command[1]), reference)
        if self.tally.count(now_ns, output, reference) == "starts_away":
            self.tally.anchors += 1
            self._anchor(now_ns)
