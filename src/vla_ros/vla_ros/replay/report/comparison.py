# SPDX-License-Identifier: Apache-2.0
"""Two runs over the same bags compared: paired differences with bootstrap confidence intervals. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vla_ros.errors import VlaError
from vla_ros.replay.report.summary import flat_numbers

__all__ = ["Difference", "compare_runs", "compare_variants"]

DRAWS = 2000  # of the bootstrap; the ends of a 95 % interval then vary by a few per cent of its width
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure in two runs.

    Attributes:
        path: Which figure.
        first, second: Means over the bags that both have.
        low, high: 95 % confidence interval of second minus first; NaN for a single bag.
        bags: How many both have.
    """

    path: str
    first: float
    second: float
    low: float
    high: float
    bags: int

    @property
    def sure(self) -> bool:
        """Whether the interval excludes zero."""
        return bool(self.low > 0.0 or self.high < 0.0)


def compare_runs(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[Difference]:
    """Compare every figure that both reports have, bag by bag.

    Raises:
        VlaError: they have no bag in common.
    """
    one = {episode["bag"]: dict(flat_numbers(episode)) for episode in first["episodes"]}
    two = {episode["bag"]: dict(flat_numbers(episode)) for episode in second["episodes"]}
    common = [bag for bag in one if bag in two]
    if not common:
        raise VlaError("the two reports have no bag in common")
    return _differences([(one[bag], two[bag]) for bag in common])


def compare_variants(report: Mapping[str, Any], first: str, second: str) -> list[Difference]:
    """Compare two variants of one report.

    Raises:
        VlaError: it has no such variant.
    """
    pairs = []
    for episode in report["episodes"]:
        for name in (first, second):
            if name not in episode["variants"]:
                raise VlaError(f"the report has no variant '{name}'; it has {', '.join(episode['variants'])}")
        pairs.append(tuple(dict(flat_numbers(episode["variants"][name])) for name in (first, second)))
    return _differences(pairs)  # type: ignore[arg-type]


def _differences(pairs: list[tuple[dict[str, float], dict[str, float]]]) -> list[Difference]:
    paths = [path for path in pairs[0][0] if all(path in one and path in two for one, two in pairs)]
    draws = np.random.default_rng(0).integers(0, len(pairs), (DRAWS, len(pairs)))
    differences = []
    for path in paths:
        one, two = (np.array([pair[side][path] for pair in pairs]) for side in (0, 1))
        low = high = float("nan")
        if len(pairs) > 1:
            means = (two - one)[draws].mean(axis=1)
            low, high = (float(np.quantile(means, share)) for share in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
        differences.append(Difference(path, float(one.mean()), float(two.mean()), low, high, len(pairs)))
    return differences
