# SPDX-License-Identifier: Apache-2.0
"""Demonstrations of the experts as arrays, in several processes; its command line is in ``__main__``.

One `.npz` per shard of seeds, renamed into place when complete, so that a stopped run goes on where it was and a
trainer can read while more are made. The recording itself is in `demonstration.py`.
"""

from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

from vla_sim.demonstration import DemonstrationConfig, write_shard

__all__ = ["generate"]

SHARD = 16  # episodes a file: about 15 s of work


def _progress(done: int, total: int, elapsed_s: float, episodes: int, successes: int) -> str:
    eta_s = elapsed_s / max(done, 1) * (total - done)
    bar = "#" * round(30 * done / total)
    rate = 60.0 * episodes / max(elapsed_s, 1e-9)
    return f"[{bar:30s}] {done}/{total} shards, {successes}/{episodes} good, {rate:.0f}/min, ETA {eta_s:.0f} s"


def _write(arguments: tuple[DemonstrationConfig, Path, range]) -> tuple[int, int]:
    return write_shard(*arguments)


def generate(
    config: DemonstrationConfig, folder: Path, episodes: int, workers: int, clock_s: Callable[[], float]
) -> tuple[int, int]:
    """Write what is missing of ``episodes`` demonstrations; return how many were made and how many succeeded.

    Args:
        config: What is demonstrated.
        folder: Where shards go; those that are there stay.
        episodes: How many there are to be in all.
        workers: Processes.
        clock_s: A steady clock [s], for the display.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shards = [range(first, min(first + SHARD, episodes)) for first in range(0, episodes, SHARD)]
    missing = [(config, folder / f"shard_{s.start:06d}.npz", s) for s in shards]
    missing = [job for job in missing if not job[1].exists()]
    made = good = 0
    started_s = clock_s()
    with get_context("spawn").Pool(workers) as pool:
        for done, (count, successes) in enumerate(pool.imap_unordered(_write, missing), start=1):
            made, good = made + count, good + successes
            print("\r" + _progress(done, len(missing), clock_s() - started_s, made, good), end="", flush=True)  # noqa: T201
    print()  # noqa: T201
    return made, good
