# SPDX-License-Identifier: Apache-2.0
"""Joints whose values belong to one another: another assignment of columns fits far better. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from vla_ros.contract import Contract
from vla_ros.replay.defects.finding import Finding
from vla_ros.replay.result import EpisodeResult
from vla_ros.types import ActionSpace

__all__ = ["joint_orders", "swapped_columns"]

Array = npt.NDArray[np.float64]

LEAST_RAD = 0.1  # a distance that no tracking error or policy error of a working arm reaches on average
GAIN = 0.4  # the other assignment has to leave less than this share of the distance


def swapped_columns(first: Array, second: Array) -> list[tuple[int, int]]:
    """Return pairs ``(i, j)``: column ``i`` of ``first (N, J)`` is where column ``j`` of ``second`` is, and i ≠ j."""
    distance = np.sqrt(((first[:, :, None] - second[:, None, :]) ** 2).mean(axis=0))
    rows, columns = linear_sum_assignment(distance)
    pairs = [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if i != j]
    return [(i, j) for i, j in pairs if distance[i, i] > LEAST_RAD and distance[i, j] < GAIN * distance[i, i]]


def joint_orders(episode: EpisodeResult, contract: Contract) -> Iterator[Finding]:
    """Compare measured with commanded joints, and predicted with commanded ones."""
    if contract.action.space is not ActionSpace.JOINT_POSITION:
        return
    names = contract.joints.names
    measured = episode.observed.column(tuple(f"{name}.position" for name in names))
    if measured is not None and episode.actions.source != "measured":
        times = np.array(episode.observed.times_ns, np.int64)
        rows, _, covered = episode.actions.at(times)
        yield from _findings("measured joints", measured[covered], rows[covered], names)
    for variant in episode.variants:
        chunks = [prediction.chunk for prediction in variant.predictions]
        truth = episode.truths.get(variant.name)
        if chunks and truth is not None and truth.names == contract.action.names:
            predicted, rows, covered = truth.pairs(chunks)
            yield from _findings(f"predictions of {variant.name}", predicted[covered], rows[covered], names)


def _findings(subject: str, first: Array, second: Array, names: tuple[str, ...]) -> Iterator[Finding]:
    if len(first) < 2:
        return
    swapped = swapped_columns(first, second)
    if swapped:
        told = ", ".join(f"{names[i]} holds the values of {names[j]}" for i, j in swapped)
        yield Finding("joint order", subject, f"the joint order of the {subject} is wrong: {told}")
