# SPDX-License-Identifier: Apache-2.0
"""Stop word: from its publication to the latched stop, to the first braking, and to rest, through the launched graph.

An instruction is given, and "stop" is published while the arm moves fast. Times are taken by an observer outside of the
graph, on one monotonic clock: publication, the first safety state that is latched, the first measured joint speed that
is below the speed at publication, and rest (0.01 rad/s in every joint).
"""

import tempfile
import time
from pathlib import Path

import numpy as np

ROUNDS = 20
FAST_RAD_S = 0.3  # the arm is under way
SLOWER = 0.9  # of the speed at publication: braking has begun


def run(quick: bool) -> dict[str, float]:  # noqa: FBT001 (the benchmarks' interface)
    """Measure 3 (quick) or 20 stops."""
    from benchmarks.end_to_end_support.graph import Launch, Observer
    from benchmarks.stop_word_support.watch import Watch

    with tempfile.TemporaryDirectory() as folder:
        observer = Observer()
        watch = Watch(observer)
        launch = Launch("console:=false", folder=Path(folder))
        try:
            rounds = [_stop(observer, watch) for _ in range(3 if quick else ROUNDS)]
        finally:
            launch.close()
            observer.close()
    figures: dict[str, float] = {"stops": float(len(rounds))}
    for index, name in enumerate(("latched", "braking", "rest")):
        values = [times[index] * 1e3 for times in rounds]
        figures[f"{name}_p50_ms"], figures[f"{name}_max_ms"] = float(np.median(values)), float(max(values))
    return figures


def _stop(observer, watch) -> tuple[float, float, float]:  # type: ignore[no-untyped-def]
    """Run a task, stop it, release the stop; return the three times [s]."""
    observer.wait_for(lambda: observer.ready and observer.rests(), "the robot is ready and at rest", 120.0)
    observer.reset_scene(0)
    observer.instruct("put the red cube in the left bin")
    observer.wait_for(lambda: observer.speed_rad_s > FAST_RAD_S, "the arm moves fast")
    watch.begin(observer.speed_rad_s * SLOWER)
    began_s = time.monotonic()
    observer.instruct("stop")
    observer.wait_for(watch.is_over, "the arm at rest", 10.0)
    times = watch.latched_s - began_s, watch.braking_s - began_s, watch.rest_s - began_s
    observer.instruct("resume")
    observer.wait_for(lambda: not observer.safety.estop_latched, "the release of the stop")
    return times
