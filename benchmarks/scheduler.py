# SPDX-License-Identifier: Apache-2.0
"""Delay sweep of all chunk scheduling strategies: seam jump, tracking error, jerk, starvation.

A fake policy with a known distribution of chunks (16 rows of 0.1 s) drives an ideal arm in simulated time while its
answers take 0 to 800 ms with 25 % jitter; half its horizon is 800 ms. A full run writes a table and a plot beside the
figures.
"""

import sys
from dataclasses import fields
from pathlib import Path

import numpy as np

from benchmarks.scheduler_support.figure import plot
from benchmarks.scheduler_support.sweep import Measurement
from benchmarks.scheduler_support.sweep import run as measure
from vla_ros.policy.schedule.strategy import STRATEGIES

RESULTS = Path(__file__).parent / "results"
DELAYS_MS = (0, 50, 100, 200, 400, 800)
FULL, QUICK = (2, 20.0), (1, 8.0)  # seeds, seconds of simulated time
LARGEST = ("seam_position", "seam_velocity", "seam_acceleration")  # over all seeds; the others are means


def run(quick: bool) -> dict[str, float]:  # noqa: FBT001 - the benchmarks' interface
    """Sweep all strategies over all delays."""
    seeds, duration_s = QUICK if quick else FULL
    results = {
        (name, delay): _combined([measure(name, delay, seed, duration_s) for seed in range(seeds)])
        for name in STRATEGIES
        for delay in DELAYS_MS
    }
    table = _table(results)
    print(table, file=sys.stderr)
    if not quick:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "scheduler.md").write_text(table, encoding="utf-8")
        plot(results, RESULTS / "scheduler.png")
    figures = {}
    for (name, delay), measured in results.items():
        figures[f"seam_ratio_{name}_{delay}"] = measured.seam_position
        figures[f"tracking_rad_{name}_{delay}"] = measured.tracking_rad
        figures[f"jerk_rad_s3_{name}_{delay}"] = measured.jerk_rad_s3
        figures[f"starved_percent_{name}_{delay}"] = measured.starved_percent
    return figures


def _combined(measurements: list[Measurement]) -> Measurement:
    values = {
        field.name: (np.max if field.name in LARGEST else np.mean)([getattr(m, field.name) for m in measurements])
        for field in fields(Measurement)
    }
    return Measurement(**{name: float(value) for name, value in values.items()})


def _table(results: dict[tuple[str, int], Measurement]) -> str:
    columns = [field.name for field in fields(Measurement)]
    lines = [f"| strategy | delay_ms | {' | '.join(columns)} |", "|" + "---|" * (len(columns) + 2)]
    for (name, delay), measured in results.items():
        cells = " | ".join(f"{getattr(measured, column):.3g}" for column in columns)
        lines.append(f"| {name} | {delay} | {cells} |")
    return "\n".join(lines) + "\n"
