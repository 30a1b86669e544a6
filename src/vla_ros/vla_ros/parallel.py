# SPDX-License-Identifier: Apache-2.0
"""Runs independent jobs one after the other, in several processes, or on a Ray cluster. What a job is, is the caller's.

The function and its jobs travel to other processes: a function of a module, values that can be pickled.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import get_context
from typing import Any, TypeVar

from vla_ros.errors import VlaError

__all__ = ["completed"]

Job = TypeVar("Job")
Result = TypeVar("Result")


def completed(
    function: Callable[[Job], Result], jobs: Sequence[Job], workers: int = 1, *, ray: str | None = None
) -> Iterator[tuple[int, Result]]:
    """Yield ``(index of the job, result)`` as jobs are done, in whatever order that is.

    Args:
        function: Called once for each job.
        jobs: Its arguments.
        workers: Processes; of a local Ray cluster too.
        ray: Address of a Ray cluster; empty: the one that ``RAY_ADDRESS`` names, else a local one; None: no Ray.

    Raises:
        VlaError: Ray is not installed or cannot be reached, or a task on the cluster failed.
    """
    if ray is not None:
        yield from _on_ray(function, jobs, workers, ray)
    elif workers <= 1 or len(jobs) <= 1:
        yield from ((index, function(job)) for index, job in enumerate(jobs))
    else:
        yield from _in_processes(function, jobs, workers)


def _in_processes(function: Callable[[Job], Result], jobs: Sequence[Job], workers: int) -> Iterator[tuple[int, Result]]:
    with get_context("spawn").Pool(min(workers, len(jobs)), _one_thread) as pool:
        yield from pool.imap_unordered(_numbered, [(function, index, job) for index, job in enumerate(jobs)])


def _one_thread() -> None:
    # Libraries that start a thread for each core would let the processes fight for the cores.
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def _numbered(item: tuple[Callable[[Any], Any], int, Any]) -> tuple[int, Any]:
    function, index, job = item
    return index, function(job)


def _on_ray(
    function: Callable[[Job], Result], jobs: Sequence[Job], workers: int, address: str
) -> Iterator[tuple[int, Result]]:
    try:
        import ray  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise VlaError("running on a cluster needs the package ray: ./run --extra cluster") from error
    address = address or os.environ.get("RAY_ADDRESS", "")
    local = {} if address else {"num_cpus": workers, "include_dashboard": False}
    try:
        ray.init(address=address or "local", log_to_driver=False, **local)
    except Exception as error:  # a cluster that does not start raises a plain Exception
        raise VlaError(f"the Ray cluster cannot be reached: {' '.join(str(error).split())}") from error
    try:
        remote = ray.remote(function)
        pending = {remote.remote(job): index for index, job in enumerate(jobs)}
        while pending:
            (done, *_), _ = ray.wait(list(pending), num_returns=1)
            yield pending.pop(done), ray.get(done)
    except ray.exceptions.RayTaskError as error:
        raise VlaError(f"a task on the cluster failed: {error.cause}") from error
    finally:
        ray.shutdown()
