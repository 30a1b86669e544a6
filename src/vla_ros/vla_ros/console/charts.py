# SPDX-License-Identifier: Apache-2.0
"""Strip charts: the newest values of a few series over the last seconds. No drawing, no clock."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["StripChart"]

Float64 = npt.NDArray[np.float64]


class StripChart:
    """A ring of ``length`` samples of the series ``names``; old ones fall out."""

    def __init__(self, names: Sequence[str], length: int = 300) -> None:
        self.names = tuple(names)
        self._rows = np.full((length, len(self.names) + 1), np.nan)
        self._count = 0

    def add(self, time_s: float, values: Sequence[float]) -> None:
        """Append one sample; a value that is not known is NaN."""
        self._rows[self._count % len(self._rows)] = (time_s, *values)
        self._count += 1

    def columns(self) -> tuple[Float64, ...]:
        """Return age [s] (0 is the newest) and the series, oldest first; two samples at least, as drawing needs."""
        start = self._count % len(self._rows) if self._count > len(self._rows) else 0
        rows = np.roll(self._rows, -start, axis=0)[: max(2, min(self._count, len(self._rows)))]
        newest = self._rows[(self._count - 1) % len(self._rows), 0] if self._count else 0.0
        age = np.nan_to_num(rows[:, 0] - newest)
        return (age, *(rows[:, 1 + index].copy() for index in range(len(self.names))))
