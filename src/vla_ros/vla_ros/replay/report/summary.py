# SPDX-License-Identifier: Apache-2.0
"""From the figures of many bags to one JSON document: per bag, and the mean over bags of every number. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

from vla_ros.replay.evaluation import Evaluated
from vla_ros.replay.plan import ReplayPlan

__all__ = ["flat_numbers", "summarise"]

FORMAT = 1  # of the document


def flat_numbers(figures: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    """Yield every number in nested figures by its path, e.g. ``variants.new.mae_mean``; lists are left out."""
    for key, value in figures.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from flat_numbers(value, f"{path}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield path, float(value)


def summarise(plan: ReplayPlan, results: Sequence[Evaluated]) -> dict[str, Any]:
    """Return the report's document. It holds no time of day and no path: equal bags and plans give equal bytes."""
    replayed = [result.figures for result in results if result.figures is not None]
    numbers: dict[str, list[float]] = {}
    for figures in replayed:
        for path, value in flat_numbers(figures):
            numbers.setdefault(path, []).append(value)
    findings = [finding | {"bag": figures["bag"]} for figures in replayed for finding in figures["findings"]]
    return {
        "format": FORMAT,
        "plan": dataclasses.asdict(plan, dict_factory=_plain),
        "bags": len(results),
        "replayed": len(replayed),
        "refused": [{"bag": _name(result.bag), "reason": result.error} for result in results if result.figures is None],
        "findings": findings,
        "mean": {path: sum(values) / len(values) for path, values in sorted(numbers.items())},
        "episodes": replayed,
    }


def _name(bag: str) -> str:
    return bag.rstrip("/").rpartition("/")[2]


def _plain(items: list[tuple[str, Any]]) -> dict[str, Any]:
    return {key: value.value if isinstance(value, Enum) else value for key, value in items}
