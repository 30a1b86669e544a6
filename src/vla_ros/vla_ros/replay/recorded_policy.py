# SPDX-License-Identifier: Apache-2.0
"""A policy that answers with the chunks of a recording: replay without a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vla_ros.contract import Contract
from vla_ros.errors import PolicyError
from vla_ros.policy.prediction import InferenceContext, Instruction, Prediction
from vla_ros.policy.specification import PolicySpecification
from vla_ros.recording.actions import ActionTrack
from vla_ros.types import ActionChunk, Observation, Provenance

__all__ = ["RecordedPolicy", "chunks_of_track"]

ROWS = 16  # of chunks that are cut out of a track of actions


class RecordedPolicy:
    """Answers with the recorded chunk of the same observation, else of the newest one before it."""

    def __init__(self, chunks: Sequence[ActionChunk]) -> None:
        """Take the raw chunks of a recording.

        Raises:
            PolicyError: there is none.
        """
        if not chunks:
            raise PolicyError("the bag holds no recorded chunks and no actions to make them of")
        self._chunks = sorted(chunks, key=lambda chunk: chunk.provenance.observation_stamp_ns)
        self._stamps = np.array([c.provenance.observation_stamp_ns for c in self._chunks], np.int64)
        first = self._chunks[0]
        self.specification = PolicySpecification(
            policy_id=f"recorded {first.provenance.policy_id}".strip(),
            rows=len(first.rows),
            period_ns=first.period_ns,
            space=first.space,
            names=first.names,
            frame=first.frame,
            gripper=len(first.gripper_m) > 0,
            first_row_ns=first.stamp_ns - first.provenance.observation_stamp_ns,
        )

    def infer(
        self, observation: Observation, instruction: Instruction, context: InferenceContext, deadline_ns: int
    ) -> Prediction:
        """Return the recorded prediction.

        Raises:
            PolicyError: the recording has none yet.
        """
        index = int(np.searchsorted(self._stamps, observation.stamp_ns, side="right")) - 1
        if index < 0:
            raise PolicyError("nothing had been predicted yet")
        chunk = self._chunks[index]
        return Prediction(replace(chunk, provenance=replace(chunk.provenance, epoch=context.epoch)))

    def reset(self) -> None:
        """Nothing is remembered."""

    def warm_up(self) -> None:
        """Nothing is to be prepared."""


def chunks_of_track(track: ActionTrack, contract: Contract) -> list[ActionChunk]:
    """Return chunks of what was commanded next, one for each row: the demonstration as a policy."""
    period_ns = round(1e9 / contract.action.rate_hz)
    chunks = []
    for start_ns in range(int(track.times_ns[0]), int(track.times_ns[-1]), period_ns):
        times = np.arange(start_ns, start_ns + ROWS * period_ns, period_ns, dtype=np.int64)
        rows, gripper, covered = track.at(np.minimum(times, track.times_ns[-1]))
        if covered.all():
            provenance = Provenance(observation_stamp_ns=start_ns, policy_id=track.source)
            spec = contract.action
            chunks.append(
                ActionChunk(start_ns, period_ns, spec.space, spec.names, rows, gripper, provenance=provenance)
            )
    return chunks
