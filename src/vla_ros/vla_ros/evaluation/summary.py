# SPDX-License-Identifier: Apache-2.0
"""From attempts to one document: success with its exact interval, times, figures, safety, failures by seed. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from vla_ros.evaluation.figures import UNITS
from vla_ros.evaluation.results import AttemptResult
from vla_ros.training.conditions import CONDITIONS
from vla_ros.training.evaluate import clopper_pearson
from vla_sim.tasks.task import Skill

__all__ = ["group_name", "summarise"]

FORMAT = 1  # of the document


def group_name(condition: str, skill: str) -> str:
    """Return how a group of attempts is called in reports."""
    return skill if condition == "nominal" else f"{skill}, {condition}"


def summarise(identity: Mapping[str, Any], attempts: Iterable[AttemptResult]) -> dict[str, Any]:
    """Return the report's document; equal attempts give equal bytes.

    Args:
        identity: What was evaluated.
        attempts: In any order.
    """
    groups: dict[tuple[int, int], list[AttemptResult]] = {}
    skills = [skill.value for skill in Skill]
    for item in sorted(attempts, key=lambda item: item.seed):
        place = list(CONDITIONS).index(item.condition), skills.index(item.skill)
        groups.setdefault(place, []).append(item)
    return {
        "format": FORMAT,
        "evaluated": dict(identity),
        "groups": [_group(groups[place]) for place in sorted(groups)],
    }


def _group(items: Sequence[AttemptResult]) -> dict[str, Any]:
    good = [item for item in items if item.success]
    low, high = clopper_pearson(len(good), len(items))
    steps, limits = _summed(item.grades for item in items), _summed(item.limits for item in items)
    total = max(1, sum(steps.values()))
    return {
        "name": group_name(items[0].condition, items[0].skill),
        "condition": items[0].condition,
        "skill": items[0].skill,
        "attempts": len(items),
        "successes": len(good),
        "success": len(good) / len(items),
        "success_low": low,
        "success_high": high,
        "time_to_success_s": _quantiles([item.duration_s for item in good]),
        "failures": dict(Counter(item.failure for item in items if not item.success).most_common()),
        "failed_seeds": [item.seed for item in items if not item.success],
        "figures": {name: _mean(item.figures.get(name) for item in items) for name in UNITS},
        "grades": {name: count / total for name, count in steps.most_common()},
        "interventions_by_limit": dict(limits.most_common()),
        "errors": dict(_summed(item.errors for item in items).most_common()),
    }


def _summed(counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return total


def _quantiles(values: Sequence[float]) -> dict[str, float] | None:
    return {f"p{p}": float(np.percentile(values, p)) for p in (10, 50, 90)} if values else None


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
