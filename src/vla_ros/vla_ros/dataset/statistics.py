# SPDX-License-Identifier: Apache-2.0
"""Statistics of columns and pictures as LeRobot keeps them, with exact quantiles. Pure.

Pictures have 256 levels: a histogram of each channel gives all statistics exactly, whatever the number of pictures.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["QUANTILES", "Histogram", "column_statistics", "histogram_statistics"]

Array = npt.NDArray[np.float64]
QUANTILES = {"q01": 0.01, "q10": 0.10, "q50": 0.50, "q90": 0.90, "q99": 0.99}
Statistics = dict[str, list[float] | list[list[list[float]]] | list[int]]


class Histogram:
    """Counts of the grey levels of each channel, ``(3, 256)``, and of the pictures."""

    def __init__(self, counts: npt.NDArray[np.int64] | None = None, pictures: int = 0) -> None:
        self.counts = np.zeros((3, 256), np.int64) if counts is None else counts
        self.pictures = pictures

    def add(self, image: npt.NDArray[np.uint8]) -> None:
        """Count a picture ``(H, W, 3)``."""
        for channel in range(3):
            self.counts[channel] += np.bincount(image[:, :, channel].reshape(-1), minlength=256)
        self.pictures += 1


def column_statistics(values: npt.NDArray[np.generic]) -> Statistics:
    """Return min, max, mean, std, count and quantiles of ``(N, A)`` by column."""
    table = np.asarray(values, np.float64).reshape(len(values), -1)
    found = {
        "min": table.min(axis=0).tolist(),
        "max": table.max(axis=0).tolist(),
        "mean": table.mean(axis=0).tolist(),
        "std": table.std(axis=0).tolist(),
        "count": [len(table)],
    }
    return found | {name: np.quantile(table, share, axis=0).tolist() for name, share in QUANTILES.items()}


def histogram_statistics(histogram: Histogram) -> Statistics:
    """Return the same of pictures in [0, 1], each of shape ``(3, 1, 1)``; ``count`` is that of the pictures."""
    levels = np.arange(256) / 255.0
    shares = histogram.counts / np.maximum(histogram.counts.sum(axis=1, keepdims=True), 1)
    mean = shares @ levels
    square = shares @ levels**2
    below = np.cumsum(shares, axis=1)
    present = histogram.counts > 0
    figures = {
        "min": levels[np.argmax(present, axis=1)],
        "max": levels[255 - np.argmax(present[:, ::-1], axis=1)],
        "mean": mean,
        "std": np.sqrt(np.maximum(square - mean**2, 0.0)),
    }
    # A share is reached up to rounding of its sum.
    figures |= {name: levels[np.argmax(below >= share - 1e-12, axis=1)] for name, share in QUANTILES.items()}
    shaped: Statistics = {name: value.reshape(3, 1, 1).tolist() for name, value in figures.items()}
    return shaped | {"count": [histogram.pictures]}
