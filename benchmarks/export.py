# SPDX-License-Identifier: Apache-2.0
"""Export: raw pictures of a bag to a LeRobot dataset (H.264) in MB/s of one core, and the memory that it takes.

One process with one coding thread. 10 GB are simulated by the same bag again and again, and a longer bag shows whether
memory grows within one; memory is what the process holds, and the bags are written by another one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

from benchmarks.replay_support.synthetic_bag import SyntheticBag, contract, write_bag
from vla_ros.dataset import ExportConfig, export_bags

SIZE, FPS = 224, 30
SHORT_S, LONG_S = 10.0, 100.0  # 90 MB and 900 MB of raw pictures
REPETITIONS = 112  # of the short bag: 10 GB
SETTLED = 3  # exports after which allocators and codecs have what they need
MB = 1e6


def run(quick: bool) -> dict[str, float]:  # noqa: FBT001 (the benchmarks' interface)
    """Export twice (quick), or 112 times the same 10 s and once 100 s."""
    repetitions = 2 if quick else REPETITIONS
    with tempfile.TemporaryDirectory() as folder:
        bag = _written(Path(folder) / "bag", SHORT_S)
        held, raw_bytes, spent_s, cpu_s = [], 0, 0.0, 0.0
        for _ in range(repetitions):
            began_s, began_cpu_s = time.perf_counter(), time.process_time()
            raw_bytes += _export(bag, Path(folder) / "set")
            spent_s += time.perf_counter() - began_s
            cpu_s += time.process_time() - began_cpu_s
            held.append(_resident_mb())
        figures = {
            "mb_per_s_per_core": raw_bytes / MB / cpu_s,
            "mb_per_s": raw_bytes / MB / spent_s,
            "raw_gb": raw_bytes / 1e9,
            "peak_rss_mb": max(held),
            "rss_growth_mb": held[-1] - held[min(SETTLED, repetitions) - 1],
        }
        if not quick:
            _export(_written(Path(folder) / "long", LONG_S), Path(folder) / "set")
            figures["rss_growth_long_bag_mb"] = _resident_mb() - held[-1]
    return figures


def _export(bag: Path, target: Path) -> int:
    """Export a bag, throw the dataset away, return the size of its raw pictures [bytes]."""
    report = export_bags([bag], target, contract(SIZE), ExportConfig(fps=FPS))
    shutil.rmtree(target)
    return report.raw_bytes


def _written(folder: Path, seconds: float) -> Path:
    writer = get_context("spawn").Process(target=_write, args=(folder, seconds))
    writer.start()
    writer.join()
    return folder


def _write(folder: Path, seconds: float) -> None:
    write_bag(folder, SyntheticBag(seconds=seconds, size=SIZE))


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MB
