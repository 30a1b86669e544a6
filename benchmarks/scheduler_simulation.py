# SPDX-License-Identifier: Apache-2.0
"""Delay sweep of the default policy in the simulation: success, seam jumps, jerk, tracking, starvation.

Every strategy that the checkpoint can serve drives the simulated arm while its answers take 0 to 800 ms with 25 %
jitter (half the horizon of 16 rows of 0.1 s is 800 ms); strategies that need a model trained for them are left out. No
ROS and no safety filter: the seams are those of the scheduler. A full run writes a table and a plot beside the figures.
"""

import sys
from dataclasses import fields
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks.scheduler_support.figure import Panel, plot
from benchmarks.scheduler_support.simulation import Attempt, Cell, SimulatedMeasurement, attempt, one_thread, served

RESULTS = Path(__file__).parent / "results"
DELAYS_MS = (0, 50, 100, 200, 400, 800)
FULL, QUICK = (6, DELAYS_MS), (1, (0, 400))  # scenes per cell, delays
WORKERS = 2
PANELS = (
    Panel("success_percent", "success [%]", "linear"),
    Panel("seam_position", "seam jump, 95th percentile [in-chunk steps]", "log", line=1.0),
    Panel("jerk_m_s3", "jerk of the tool, RMS [m/s³]", "log"),
    Panel("starved_percent", "starved [% of time]", "linear"),
)


def run(quick: bool) -> dict[str, float]:  # noqa: FBT001 - the benchmarks' interface
    """Sweep all strategies that the default policy serves; about 6 minutes on 2 idle cores, quick 40 s."""
    seeds, delays = QUICK if quick else FULL
    cells = [Cell(name, delay) for name in served() for delay in delays]
    jobs = [(cell, seed) for cell in cells for seed in range(seeds)]
    attempts: dict[Cell, list[Attempt]] = {cell: [] for cell in cells}
    with get_context("spawn").Pool(WORKERS, one_thread) as pool:
        for done, (cell, measured) in enumerate(pool.imap_unordered(attempt, jobs), 1):
            attempts[cell].append(measured)
            print(f"\r{done}/{len(jobs)}", end="", file=sys.stderr)
    print(file=sys.stderr)
    results = {(cell.strategy, cell.delay_ms): SimulatedMeasurement.of(group) for cell, group in attempts.items()}
    table = _table(results)
    print(table, file=sys.stderr)
    if not quick:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "scheduler_simulation.md").write_text(table, encoding="utf-8")
        plot(results, RESULTS / "scheduler_simulation.png", PANELS)
    return {
        f"{field.name}_{name}_{delay}": float(getattr(measured, field.name))
        for (name, delay), measured in results.items()
        for field in fields(SimulatedMeasurement)
        if np.isfinite(getattr(measured, field.name))
    }


def _table(results: dict[tuple[str, int], SimulatedMeasurement]) -> str:
    columns = [field.name for field in fields(SimulatedMeasurement)]
    lines = [f"| strategy | delay_ms | {' | '.join(columns)} |", "|" + "---|" * (len(columns) + 2)]
    for (name, delay), measured in results.items():
        cells = " | ".join(f"{getattr(measured, column):.3g}" for column in columns)
        lines.append(f"| {name} | {delay} | {cells} |")
    return "\n".join(lines) + "\n"
