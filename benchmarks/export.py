# SPDX-License-Identifier: Apache-2.0
"""Export: raw pictures of a bag to a LeRobot dataset (H.264) in MB/s of one core, and the memory that it takes.

One process with one coding thread. A long recording is simulated by the same bag again and again; memory is read after
the first and after the last repetition, so that growth would show.
"""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

from benchmarks.replay_support.synthetic_bag import SyntheticBag, contract, write_bag
from vla_ros.dataset import ExportConfig, export_bags

SIZE = 224
MB = 1e6


def run(quick: bool) -> dict[str, float]:  # noqa: FBT001 (the benchmarks' interface)
    """Export twice (quick) or 40 times the same 10 s."""
    repetitions = 2 if quick else 40
    robot = contract(SIZE)
    peaks, raw_bytes, spent_s, cpu_s = [], 0, 0.0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        bag = write_bag(Path(folder) / "bag", SyntheticBag(seconds=10.0, size=SIZE))
        for number in range(repetitions):
            began_s, began_cpu_s = time.perf_counter(), time.process_time()
            report = export_bags([bag], Path(folder) / f"set_{number}", robot, ExportConfig(fps=30))
            spent_s += time.perf_counter() - began_s
            cpu_s += time.process_time() - began_cpu_s
            raw_bytes += report.raw_bytes
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
    return {
        "mb_per_s_per_core": raw_bytes / MB / cpu_s,
        "mb_per_s": raw_bytes / MB / spent_s,
        "peak_rss_mb": peaks[-1],
        "rss_growth_mb": peaks[-1] - peaks[0],
    }
