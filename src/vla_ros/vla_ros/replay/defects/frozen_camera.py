# SPDX-License-Identifier: Apache-2.0
"""Cameras that send the same picture again and again while the arm moves. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vla_ros.contract import Contract
from vla_ros.replay.defects.finding import Finding
from vla_ros.replay.result import EpisodeResult

__all__ = ["frozen_cameras"]

LEAST_S = 0.5  # shorter: a camera that repeats a frame
MOVING_RAD_S = 0.05  # of the fastest joint


def frozen_cameras(episode: EpisodeResult, contract: Contract) -> Iterator[Finding]:
    """Find spells of equal frames in which the arm moves."""
    observed = episode.observed
    measured = observed.column(tuple(f"{name}.position" for name in contract.joints.names))
    if measured is None or len(measured) < 2:
        return
    times = np.array(observed.times_ns, np.int64)
    steps = np.maximum(np.diff(times), 1)[:, None] * 1e-9
    speed = np.abs(np.diff(measured, axis=0) / steps).max(axis=1)
    for key, changes in observed.changes.items():
        frames = np.array(observed.frames[key], np.int64)
        at = np.clip(np.searchsorted(times[1:], frames), 0, len(speed) - 1)
        still = (np.array(changes) == 0.0) & (speed[at] > MOVING_RAD_S)
        still[:1] = False
        longest_s = _longest_s(frames, still)
        if longest_s >= LEAST_S:
            sentence = f"'{key}' is frozen: it shows the same picture for {longest_s:.1f} s while the arm moves"
            yield Finding("frozen camera", key, sentence)


def _longest_s(frames_ns: np.ndarray, still: np.ndarray) -> float:
    longest = since = 0
    for index, flag in enumerate(still):
        since = since if flag else index
        longest = max(longest, int(frames_ns[index] - frames_ns[since]))
    return longest * 1e-9
