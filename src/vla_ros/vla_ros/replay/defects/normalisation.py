# SPDX-License-Identifier: Apache-2.0
"""Predictions that are right but for a scale or an offset, and states that the checkpoint never saw. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from vla_ros.contract import Contract
from vla_ros.replay.defects.finding import Finding
from vla_ros.replay.result import EpisodeResult

__all__ = ["normalisations", "scale_and_offset"]

Array = npt.NDArray[np.float64]

LEAST_FIT = 0.8  # r² of the line: below, the policy is just another one
SCALE, OFFSET = 0.25, 0.5  # deviation of the slope from 1; offset as a share of the column's spread
LEAST_SPREAD = 0.05  # rad or m; a column that hardly moves has no slope
LARGE, LARGE_SHARE = 1.5, 0.2  # normalised inputs live in [-1, 1]


def scale_and_offset(predicted: Array, truth: Array) -> tuple[float, float, float]:
    """Return slope, offset and r² of the least-squares line from ``truth (N,)`` to ``predicted (N,)``."""
    centred, other = truth - truth.mean(), predicted - predicted.mean()
    slope = float((centred * other).sum() / (centred**2).sum())
    rest = float(((other - slope * centred) ** 2).sum())
    total = float((other**2).sum())
    return slope, float(predicted.mean() - slope * truth.mean()), 1.0 - rest / total if total > 0.0 else 0.0


def normalisations(episode: EpisodeResult, contract: Contract) -> Iterator[Finding]:
    """Compare each variant's predictions with what was commanded, and states with the checkpoint's range."""
    for variant in episode.variants:
        chunks = [prediction.chunk for prediction in variant.predictions]
        truth = episode.truths.get(variant.name)
        if not chunks or truth is None:
            continue
        predicted, rows, covered = truth.pairs(chunks)
        wrong = list(_wrong_columns(predicted[covered], rows[covered], truth.names))
        if wrong:
            sentence = f"{variant.name} looks wrongly normalised: predictions are {'; '.join(wrong)}"
            yield Finding("wrong normalisation", variant.name, sentence)
    yield from _strange_states(episode, contract)


def _wrong_columns(predicted: Array, truth: Array, names: tuple[str, ...]) -> Iterator[str]:
    if len(truth) < 3:
        return
    for index, name in enumerate(names):
        spread = float(np.ptp(truth[:, index]))
        if spread < LEAST_SPREAD:
            continue
        slope, offset, fit = scale_and_offset(predicted[:, index], truth[:, index])
        middle = slope * float(truth[:, index].mean()) + offset - float(truth[:, index].mean())
        if fit > LEAST_FIT and slope > 0.0 and (abs(slope - 1.0) > SCALE or abs(middle) > OFFSET * spread):
            yield f"{slope:.2f} × {name} {offset:+.2f}"


def _strange_states(episode: EpisodeResult, contract: Contract) -> Iterator[Finding]:
    for spec in contract.normalization:
        states = episode.observed.column(spec.names) if spec.part == "state" else None
        if states is None:
            continue
        limit = 4.0 if spec.method == "mean_std" else LARGE
        share = (np.abs((states - np.array(spec.offset)) / np.array(spec.scale)) > limit).mean(axis=0)
        for index in np.flatnonzero(share > LARGE_SHARE):
            sentence = f"{share[index]:.0%} of the values of {spec.names[index]} lie outside what the checkpoint saw"
            yield Finding("wrong normalisation", spec.names[index], sentence)
