# SPDX-License-Identifier: Apache-2.0
"""Keeps what ingestion saw of a bag for the metrics: states, lags of stamps, changes of pictures, thumbnails. Pure."""

from __future__ import annotations

from collections import Counter

import cv2
import numpy as np

from vla_ros.ingest import Arrival, Rejection
from vla_ros.replay.result import Observed
from vla_ros.types import ImageArray, Observation, StreamCondition

__all__ = ["Observer"]

THUMBNAIL_WIDTH = 160  # px
THUMBNAILS = 8
SAMPLING = 4  # every fourth pixel in both directions tells a changed picture as well as all of them


class Observer:
    """Fills an ``Observed`` while a bag goes by."""

    def __init__(self, start_ns: int, end_ns: int) -> None:
        self.seen = Observed()
        self._last: dict[str, ImageArray] = {}
        self._every_ns = max(1, (end_ns - start_ns) // THUMBNAILS)
        self._next_ns: dict[str, int] = {}

    def arrive(self, arrival: Arrival) -> None:
        """Take a decoded message."""
        if arrival.fault:
            self.seen.faults[f"{arrival.key}: {arrival.fault}"] += 1
        elif arrival.sample is not None:
            self.seen.lag_ns.setdefault(arrival.key, []).append(arrival.receive_ns - arrival.sample.stamp_ns)

    def take(self, result: Observation | Rejection) -> None:
        """Take what ingestion made."""
        for report in result.streams:
            self.seen.reports.setdefault(report.key, Counter())[report.condition.name.lower()] += 1
        if isinstance(result, Rejection):
            bad = [r for r in result.streams if r.condition is not StreamCondition.OK]
            self.seen.rejections.update(f"{report.key} {report.condition.name.lower()}" for report in bad)
            return
        if not self.seen.state_names:
            self.seen.state_names = result.state_names
        if result.state_names == self.seen.state_names:
            self.seen.times_ns.append(result.stamp_ns)
            self.seen.states.append(result.state)
        for key, image in result.images.items():
            self._look(key, image, result.image_stamps_ns[key])

    def _look(self, key: str, image: ImageArray, stamp_ns: int) -> None:
        frames = self.seen.frames.setdefault(key, [])
        if frames and stamp_ns <= frames[-1]:
            return
        sampled = image[::SAMPLING, ::SAMPLING]
        before = self._last.get(key)
        change = 0.0 if before is None else float(np.mean(cv2.absdiff(sampled, before)))
        self._last[key] = sampled
        frames.append(stamp_ns)
        self.seen.changes.setdefault(key, []).append(change)
        if stamp_ns >= self._next_ns.get(key, 0) and image.dtype == np.uint8:
            self._next_ns[key] = stamp_ns + self._every_ns
            self.seen.thumbnails.setdefault(key, []).append((stamp_ns, _thumbnail(image)))


def _thumbnail(image: ImageArray) -> ImageArray:
    height, width = image.shape[:2]
    size = (min(THUMBNAIL_WIDTH, width), max(1, round(height * min(THUMBNAIL_WIDTH, width) / width)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
