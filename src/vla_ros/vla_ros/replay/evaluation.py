# SPDX-License-Identifier: Apache-2.0
"""Replays many bags, one after the other, in several processes or on a Ray cluster, and gathers their figures."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vla_ros.contract import load_contract
from vla_ros.errors import VlaError
from vla_ros.parallel import completed
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
    plan: ReplayPlan, bags: Sequence[str], workers: int = 1, *, ray: str | None = None, progress: Callable[[int], None]
) -> list[Evaluated]:
    """Replay ``bags`` and return their results in that order, whatever runs in parallel.

    Args:
        plan: What is replayed.
        bags: Folders.
        workers: Processes; of a local Ray cluster too.
        ray: Address of a Ray cluster; empty: the one that RAY_ADDRESS names, else a local one; None: no Ray.
        progress: Is told how many bags are done.

    Raises:
        VlaError: the plan cannot be carried out, or Ray is not installed or cannot be reached.
    """
    jobs = [(plan, bag) for bag in bags]
    results: list[Evaluated | None] = [None] * len(jobs)
    for number, (index, result) in enumerate(completed(evaluate_bag, jobs, workers, ray=ray), start=1):
        results[index] = result
        progress(number)
    return [result for result in results if result is not None]
