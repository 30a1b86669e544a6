# SPDX-License-Identifier: Apache-2.0
"""A gripper that is told to open where it closed. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vla_ros.contract import Contract
from vla_ros.contract.streams import GripperSpec
from vla_ros.replay.defects.finding import Finding
from vla_ros.replay.result import EpisodeResult

__all__ = ["gripper_signs"]

FLIPPED = -0.5  # correlation of openings; a delay of a working gripper does not turn it negative
LEAST_SPREAD_M = 0.01  # less is no decision


def gripper_signs(episode: EpisodeResult, contract: Contract) -> Iterator[Finding]:
    """Compare predicted and commanded openings with what is known of the recording."""
    keys = [stream.key for stream in contract.streams if isinstance(stream.payload, GripperSpec)]
    measured = episode.observed.column((f"{keys[0]}.width",)) if keys else None
    times = np.array(episode.observed.times_ns, np.int64)
    if measured is not None and len(episode.actions.gripper_m):
        _, commanded, covered = episode.actions.at(times)
        yield from _compare("the commanded gripper", commanded[covered], measured[covered, 0], "its measured width")
    for variant in episode.variants:
        chunks = [p.chunk for p in variant.predictions if len(p.chunk.gripper_m)]
        if not chunks:
            continue
        due = np.concatenate([chunk.times_ns for chunk in chunks])
        predicted = np.concatenate([chunk.gripper_m for chunk in chunks])
        name = f"the gripper of {variant.name}"
        if len(episode.actions.gripper_m):
            _, truth, covered = episode.actions.at(due)
            yield from _compare(name, predicted[covered], truth[covered], "what was commanded")
        elif measured is not None:
            inside = (due >= times[0]) & (due <= times[-1])
            width = np.interp(due[inside], times, measured[:, 0])
            yield from _compare(name, predicted[inside], width, "the measured width")


def _compare(subject: str, first: np.ndarray, second: np.ndarray, what: str) -> Iterator[Finding]:
    if len(first) < 10 or min(np.ptp(first), np.ptp(second)) < LEAST_SPREAD_M:
        return
    correlation = float(np.corrcoef(first, second)[0, 1])
    if correlation < FLIPPED:
        sentence = f"{subject} has its sign flipped: it opens where {what} closes (correlation {correlation:.2f})"
        yield Finding("gripper sign", subject, sentence)
