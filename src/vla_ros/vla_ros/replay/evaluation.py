# SPDX-License-Identifier: Apache-2.0
"""Replays many bags, one after the other, in several processes or on a Ray cluster, and gathers their figures."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from vla_ros.contract import load_contract
from vla_ros.errors import VlaError
from vla_ros.replay.figures import episode_figures
from vla_ros.replay.pictures import EpisodePictures, episode_pictures
from vla_ros.replay.plan import ReplayPlan
from vla_ros.replay.replayer import replay_bag
from vla_ros.replay.variants import VariantFactory

__all__ = ["Evaluated", "evaluate"]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One bag: its figures and pictures, or the sentence why it could not be replayed."""

    bag: str
    figures: dict[str, Any] | None
    pictures: EpisodePictures | None
    error: str = ""


@functools.lru_cache(maxsize=1)  # a worker loads its policy once
def _factory(plan: ReplayPlan) -> VariantFactory:
    return VariantFactory(plan, load_contract(plan.contract, plan.robot, plan.target))


def evaluate_bag(job: tuple[ReplayPlan, str]) -> Evaluated:
    """Replay one bag. A bag that cannot be replayed is a result, a plan that cannot be carried out an error.

    Raises:
        VlaError: the contract, a policy or a safety configuration cannot be loaded.
    """
    plan, bag = job
    contract = load_contract(plan.contract, plan.robot, plan.target)
    factory = _factory(plan)
    try:
        episode = replay_bag(Path(bag), contract, factory, (plan.namespace, plan.instruction))
    except VlaError as error:
        return Evaluated(bag, None, None, str(error))
    return Evaluated(bag, episode_figures(episode, contract), episode_pictures(episode, contract))


def evaluate(
    plan: ReplayPlan, bags: Sequence[str], workers: int = 1, *, ray: bool = False, progress: Callable[[int], None]
) -> list[Evaluated]:
    """Replay ``bags`` and return their results in that order, whatever runs in parallel.

    Args:
        plan: What is replayed.
        bags: Folders.
        workers: Processes; with ``ray``, tasks at a time.
        ray: Use a Ray cluster (the one that is configured in the environment, else a local one).
        progress: Is told how many bags are done.

    Raises:
        VlaError: the plan cannot be carried out, or Ray is not installed.
    """
    jobs = [(plan, bag) for bag in bags]
    if ray:
        results = _on_ray(jobs, workers)
    elif workers == 1 or len(jobs) == 1:
        results = map(evaluate_bag, jobs)
    else:
        results = _in_processes(jobs, workers)
    done = []
    for number, result in enumerate(results, start=1):
        done.append(result)
        progress(number)
    return done


def _in_processes(jobs: list[tuple[ReplayPlan, str]], workers: int) -> Iterator[Evaluated]:
    with get_context("spawn").Pool(min(workers, len(jobs))) as pool:
        yield from pool.imap(evaluate_bag, jobs)


def _on_ray(jobs: list[tuple[ReplayPlan, str]], workers: int) -> Iterator[Evaluated]:
    try:
        import ray  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise VlaError("replay on a cluster needs the package ray: ./run --extra cluster") from error
    if not ray.is_initialized():
        ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False)
    remote = ray.remote(evaluate_bag)
    references = [remote.remote(job) for job in jobs]
    for reference in references:
        yield ray.get(reference)
