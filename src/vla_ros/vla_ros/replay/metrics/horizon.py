# SPDX-License-Identifier: Apache-2.0
"""Error of predicted rows against what was commanded, by column and by place in the chunk. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["HorizonError", "horizon_error"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HorizonError:
    """Mean errors over all covered rows.

    Attributes:
        mae: ``(A,)`` mean absolute error, in the column's unit.
        rmse: ``(A,)`` root of the mean square.
        normalised: ``(A,)`` mean absolute error over the column's spread (its 1 % to 99 % quantiles); NaN where the
            column does not move.
        by_row: ``(T,)`` mean absolute error over columns by place in the chunk; NaN where none is covered.
        count: Rows compared.
    """

    mae: Array
    rmse: Array
    normalised: Array
    by_row: Array
    count: int


def horizon_error(predicted: Array, truth: Array, covered: npt.NDArray[np.bool_]) -> HorizonError:
    """Compare predictions with the truth.

    Args:
        predicted: ``(P, T, A)``.
        truth: ``(P, T, A)``.
        covered: ``(P, T)`` rows whose truth is known.
    """
    width = predicted.shape[2]
    if not covered.any():
        unknown = np.full(width, np.nan)
        return HorizonError(unknown, unknown, unknown, np.full(predicted.shape[1], np.nan), 0)
    error = np.abs(predicted - truth)[covered]
    low, high = np.quantile(truth[covered], [0.01, 0.99], axis=0)
    spread = high - low
    moved = spread > 1e-6  # below: a column that stands still has no scale
    mean = error.mean(axis=0)
    per_row = np.where(covered, np.abs(predicted - truth).mean(axis=2), 0.0).sum(axis=0)
    counts = covered.sum(axis=0)
    return HorizonError(
        mae=mean,
        rmse=np.sqrt((error**2).mean(axis=0)),
        normalised=np.where(moved, mean / np.where(moved, spread, 1.0), np.nan),
        by_row=np.where(counts > 0, per_row / np.maximum(counts, 1), np.nan),
        count=int(covered.sum()),
    )
