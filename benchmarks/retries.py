# SPDX-License-Identifier: Apache-2.0
"""Retries: task success with and without them on 100 scenes whose first run misses its grasp or loses its object.

The executor, the grammar planner, the expert policy and the safety filter in lock step on simulated time; a failure is
planted in the first run of the policy of every scene, by turns a missed grasp and a moved object. Intervals are Clopper
and Pearson's, 95 %. Scenes are drawn from seeds that nothing was tuned on. A full run takes an hour on 2 cores; what it
has done is kept in ``runs/retries.jsonl`` until it is complete, and a run that was interrupted goes on from there.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from benchmarks.retries_support.episode import Episode, EpisodeJob, run_episode
from benchmarks.retries_support.glitch import KINDS
from benchmarks.retries_support.kept import KeptEpisodes
from vla_ros.parallel import completed
from vla_ros.training.evaluate import clopper_pearson

FIRST_SEED = 910_000
KEPT = Path("runs") / "retries.jsonl"


def run(quick: bool) -> dict[str, float]:  # noqa: FBT001 (the benchmarks' interface)
    """Measure 1 (quick) or 100 scenes."""
    count = 1 if quick else 100
    jobs = [
        EpisodeJob(FIRST_SEED + index, KINDS[index % len(KINDS)], retries)
        for index in range(count)
        for retries in (False, True)
    ]
    if quick:
        return figures([run_episode(job) for job in jobs])
    kept = KeptEpisodes(KEPT)
    left = [job for job in jobs if job not in kept.jobs]
    for _, episode in completed(run_episode, left, len(os.sched_getaffinity(0))):
        kept.add(episode)
    found = figures(kept.episodes)
    KEPT.unlink()
    return found


def figures(episodes: Sequence[Episode]) -> dict[str, float]:
    """Return both rates with their intervals, and the share of planted failures that retries made good."""
    by_job = {(item.job.seed, item.job.retries): item for item in episodes}
    planted = [item for item in episodes if not item.job.retries and item.planted and not item.success]
    recovered = [item for item in planted if by_job[item.job.seed, True].success]
    found = {
        "scenes": float(len(episodes) // 2),
        **_rate("success_with", [item.success for item in episodes if item.job.retries]),
        **_rate("success_without", [item.success for item in episodes if not item.job.retries]),
        "failures": float(len(planted)),
        **_rate("recovered", [item in recovered for item in planted]),
    }
    for kind in KINDS:
        of_kind = [item in recovered for item in planted if item.job.kind == kind]
        found[f"recovered_{kind}"] = sum(of_kind) / max(len(of_kind), 1)
    claimed = [item for item in episodes if item.claimed and not item.success]
    found["false_claims"] = float(len(claimed))
    return found


def _rate(name: str, hits: Sequence[bool]) -> dict[str, float]:
    low, high = clopper_pearson(sum(hits), max(len(hits), 1))
    return {name: sum(hits) / max(len(hits), 1), f"{name}_low": low, f"{name}_high": high}
