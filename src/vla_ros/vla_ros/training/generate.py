# SPDX-License-Identifier: Apache-2.0
"""Fills a folder with shards of demonstrations or snapshots, in several processes; goes on where it stopped."""

from __future__ import annotations

import os
import time
from multiprocessing import get_context
from pathlib import Path

from vla_ros.training.config import GenerationConfig
from vla_ros.training.demonstrate import Demonstrator
from vla_ros.training.progress import Progress
from vla_ros.training.shards import list_shards, read_shard, write_shard
from vla_ros.training.snapshots import Snapshots

__all__ = ["generate"]


MAKERS: dict[str, type[Demonstrator] | type[Snapshots]] = {"demonstrations": Demonstrator, "snapshots": Snapshots}


def generate(folder: Path, frames: int, seed: int, workers: int, config: GenerationConfig) -> None:
    """Write shards of ``demonstrations`` or ``snapshots`` until ``folder``, called so, holds ``frames`` frames.

    Shard ``i`` of a seed is always the same.
    """
    folder.mkdir(parents=True, exist_ok=True)
    first = _next_index(folder)
    existing = sum(len(read_shard(path).frames) for path in list_shards(folder))
    missing = -(-max(frames - existing, 0) // config.shard_frames)
    jobs = [(folder, index, seed, config) for index in range(first, first + missing)]
    progress = Progress(folder.name, len(jobs))
    with get_context("spawn").Pool(workers, _quiet) as pool:
        for name, count, succeeded, tasks, seconds in pool.imap_unordered(_shard, jobs):
            progress.advance(f"{name}: {count} frames, {succeeded}/{tasks} tasks done, {count / seconds:.0f} frames/s")


def _next_index(folder: Path) -> int:
    return max((int(path.name.split("_")[1]) + 1 for path in list_shards(folder)), default=0)


def _quiet() -> None:
    os.environ["OMP_NUM_THREADS"] = "1"


def _shard(job: tuple[Path, int, int, GenerationConfig]) -> tuple[str, int, int, int, float]:
    folder, index, seed, config = job
    begin, maker, episodes, frames = time.monotonic(), MAKERS[folder.name](config, seed * 100_000 + index), [], 0
    while frames < config.shard_frames:
        episodes.append(maker.episode())
        frames += len(episodes[-1].frames)
    name = f"{folder.name}_{index:05d}"
    write_shard(folder, name, episodes)
    outcomes = [success for episode in episodes for success in episode.successes]
    return name, frames, sum(outcomes), len(outcomes), time.monotonic() - begin
