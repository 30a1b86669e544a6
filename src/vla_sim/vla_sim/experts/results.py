# SPDX-License-Identifier: Apache-2.0
"""The kept result of expert runs: counts with their interval, failures by seed; grows run by run. No simulation."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binomtest

from vla_sim.errors import SimulationError
from vla_sim.experts.measure import Attempt

__all__ = ["add_attempts", "markdown_table", "read_results"]

CONFIDENCE = 0.95


def read_results(path: Path) -> dict[str, Any]:
    """Return what earlier runs left in ``path``; nothing where there is none.

    Raises:
        SimulationError: The file is none of these.
    """
    if not path.exists():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise SimulationError(f"{path} holds no results: {error}") from error


def add_attempts(results: Mapping[str, Any], scene: str, skill: str, attempts: list[Attempt]) -> dict[str, Any]:
    """Return ``results`` with the attempts of one skill in one scene added.

    Raises:
        SimulationError: A seed was counted before.
    """
    key = f"{scene}/{skill}"
    before = results.get(key, {"seeds": [], "attempts": 0, "successes": 0, "total_s": 0.0, "failures": []})
    first, last = attempts[0].seed, attempts[-1].seed
    if any(begin <= last and first <= end for begin, end in before["seeds"]):
        raise SimulationError(f"{key}: some of the seeds {first} to {last} are in the results already")
    count = before["attempts"] + len(attempts)
    good = before["successes"] + sum(item.success for item in attempts)
    interval = binomtest(good, count).proportion_ci(CONFIDENCE, "wilson")
    entry = {
        "seeds": _joined([*before["seeds"], [first, last]]),
        "attempts": count,
        "successes": good,
        "interval_95": [round(float(interval.low), 4), round(float(interval.high), 4)],
        "total_s": round(before["total_s"] + float(np.sum([item.duration_s for item in attempts])), 2),
        "failures": before["failures"] + [asdict(item) for item in attempts if not item.success],
    }
    return {**results, key: entry}


def markdown_table(results: Mapping[str, Any]) -> str:
    """Return one row per scene and skill, and the failures by seed below."""
    lines = ["| scene | skill | seeds | succeeded | 95 % interval | mean |", "|---|---|---|---|---|---|"]
    failures = []
    for key, entry in sorted(results.items()):
        scene, _, skill = key.partition("/")
        seeds = ", ".join(f"{begin}–{end}" for begin, end in entry["seeds"])
        low, high = (100.0 * share for share in entry["interval_95"])
        share = f"{entry['successes']}/{entry['attempts']}"
        mean_s = entry["total_s"] / entry["attempts"]
        lines.append(f"| {scene} | {skill} | {seeds} | {share} | {low:.1f}–{high:.1f} % | {mean_s:.1f} s |")
        failures += [f"- {key}, seed {item['seed']}: {item['text']} ({item['reflex']})" for item in entry["failures"]]
    return "\n".join([*lines, "", "Failures:", "", *(failures or ["- none"]), ""])


def _joined(ranges: list[list[int]]) -> list[list[int]]:
    """Return ranges of seeds with neighbours put together."""
    joined: list[list[int]] = []
    for begin, end in sorted(ranges):
        if joined and joined[-1][1] + 1 == begin:
            joined[-1][1] = end
        else:
            joined.append([begin, end])
    return joined
