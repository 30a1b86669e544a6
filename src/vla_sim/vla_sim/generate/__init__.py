# SPDX-License-Identifier: Apache-2.0
"""Demonstrations of the experts as bags and arrays, in several processes; its command line is in ``__main__``.

Shards of seeds are the unit of work: what one makes is renamed into place when it is complete, so that a stopped run
goes on where it was and a trainer can read while more are made. The recording itself is in `demonstration.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from vla_sim.demonstration import DemonstrationConfig
from vla_sim.generate.shards import FORMATS, Shard, write_shard

__all__ = ["FORMATS", "Progress", "generate", "shards_of"]

SHARD = 16  # episodes: about 15 s of work


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    done: int  # shards
    total: int
    made: int  # episodes
    good: int  # of them, that succeeded


def _write(arguments: tuple[DemonstrationConfig, Shard]) -> tuple[int, int]:
    return write_shard(*arguments)


def generate(
    config: DemonstrationConfig,
    shards: list[Shard],
    workers: int,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Progress:
    """Write what is missing of ``shards``; return how far it came.

    Args:
        config: What is demonstrated.
        shards: See `shards_of`.
        workers: Processes.
        on_progress: Told after every shard.
    """
    missing = [(config, shard) for shard in shards if not shard.is_done]
    progress = Progress(0, len(missing), 0, 0)
    if not missing:
        return progress
    with get_context("spawn").Pool(min(workers, len(missing))) as pool:
        for made, good in pool.imap_unordered(_write, missing):
            progress = Progress(progress.done + 1, len(missing), progress.made + made, progress.good + good)
            on_progress(progress)
    return progress


def shards_of(folder: Path, episodes: int, formats: tuple[str, ...] = FORMATS, first_seed: int = 0) -> list[Shard]:
    """Return the shards of ``episodes`` demonstrations below ``folder``."""
    end = first_seed + episodes
    starts = range(first_seed, end, SHARD)
    return [Shard(folder, range(start, min(start + SHARD, end)), formats) for start in starts]
