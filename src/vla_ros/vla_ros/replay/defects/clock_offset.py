# SPDX-License-Identifier: Apache-2.0
"""Streams whose time is not that of the others: by their stamps, and by what they show. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from vla_ros.contract import Contract
from vla_ros.replay.defects.finding import Finding
from vla_ros.replay.result import EpisodeResult

__all__ = ["best_lag_s", "clock_offsets"]

Array = npt.NDArray[np.float64]

STAMP_OFFSET_S = 0.05  # between medians of arrival minus stamp: a camera's exposure and transport stay below
MOTION_OFFSET_S = 0.06  # two frames at 30 Hz
RANGE_S, STEP_S = 0.3, 0.01
LEAST_CORRELATION = 0.6  # below, what moves in the picture is not the arm
LEAST_GAIN = 0.05  # of the correlation over that without a lag


def best_lag_s(times_s: Array, values: Array, other_times_s: Array, other: Array) -> tuple[float, float, float]:
    """Return by how much ``values`` come after ``other`` [s], the correlation with and without that lag."""
    lags = np.arange(-RANGE_S, RANGE_S + STEP_S / 2.0, STEP_S)
    scores, values = [], saturated(values)
    for lag in lags:
        shifted = saturated(np.interp(times_s - lag, other_times_s, other))
        spread = float(shifted.std() * values.std())
        centred = float(((shifted - shifted.mean()) * (values - values.mean())).mean())
        scores.append(centred / spread if spread > 0.0 else 0.0)
    best = int(np.argmax(scores))
    return float(lags[best]), scores[best], scores[len(lags) // 2]


def saturated(values: Array) -> Array:
    """Return positive values pressed into [0, 1): whether something moves counts more than how fast it is."""
    moving = values[values > 0.0]
    return values / (values + (float(np.median(moving)) if len(moving) else 1.0))


def clock_offsets(episode: EpisodeResult, contract: Contract) -> Iterator[Finding]:
    """Look at stamps against arrivals, and at pictures against joints."""
    medians = {key: float(np.median(lags)) * 1e-9 for key, lags in episode.observed.lag_ns.items() if lags}
    for key, lag_s in medians.items():
        others = [other for name, other in medians.items() if name != key]
        if others and abs(lag_s - np.median(others)) > STAMP_OFFSET_S:
            offset_ms = (lag_s - float(np.median(others))) * 1e3
            sentence = f"the stamps of '{key}' are {offset_ms:.0f} ms behind its arrival, measured by the other streams"
            yield Finding("clock offset", key, sentence)
    yield from _by_motion(episode, contract)


def _by_motion(episode: EpisodeResult, contract: Contract) -> Iterator[Finding]:
    observed = episode.observed
    measured = observed.column(tuple(f"{name}.position" for name in contract.joints.names))
    if measured is None or len(measured) < 30:
        return
    origin = observed.times_ns[0]
    times = (np.array(observed.times_ns, np.int64) - origin) * 1e-9
    steps = np.diff(times)
    speed = np.linalg.norm(np.diff(measured, axis=0), axis=1) / np.maximum(steps, 1e-6)
    middle = times[1:] - 0.5 * steps
    for key, changes in observed.changes.items():
        frames = (np.array(observed.frames[key], np.int64) - origin) * 1e-9
        if len(frames) < 30:
            continue
        pace = np.array(changes[1:]) / np.maximum(np.diff(frames), 1e-6)
        lag_s, with_lag, without = best_lag_s(frames[1:] - 0.5 * np.diff(frames), pace, middle, speed)
        sure = with_lag > LEAST_CORRELATION and with_lag - without > LEAST_GAIN
        if sure and abs(lag_s) > MOTION_OFFSET_S:
            way = "after" if lag_s > 0 else "before"
            sentence = f"'{key}' shows the arm's motion {abs(lag_s) * 1e3:.0f} ms {way} the joints report it"
            yield Finding("clock offset", key, sentence)
