# SPDX-License-Identifier: Apache-2.0
"""Makes attempts, in this process or in many, and hands the results back as they come."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator, Sequence

import cv2

from vla_ros.evaluation.attempt import Attempt, attempt
from vla_ros.evaluation.figures import attempt_figures
from vla_ros.evaluation.plan import AttemptJob, EvaluationPlan
from vla_ros.evaluation.results import AttemptResult
from vla_ros.evaluation.rig import Rig
from vla_ros.parallel import completed
from vla_ros.training.conditions import CONDITIONS, prepare
from vla_sim.tasks.task import Skill

__all__ = ["evaluate", "make_attempt"]

FRAMES, FRAME_WIDTH, JPEG_QUALITY = 8, 112, 80  # of a film strip


@functools.lru_cache(maxsize=1)  # a worker loads its policy once
def _rig(plan: EvaluationPlan) -> Rig:
    return Rig(plan, time.perf_counter_ns)


def make_attempt(job: AttemptJob) -> AttemptResult:
    """Make one attempt.

    Raises:
        VlaError: the plan cannot be carried out.
        SceneError: no scene allows the skill.
    """
    rig = _rig(job.plan)
    task, event = prepare(rig.simulation, CONDITIONS[job.condition], Skill(job.skill), job.seed)
    made = attempt(rig, task, event)
    film = job.plan.film and (job.film or not made.success)
    return AttemptResult(
        condition=job.condition,
        skill=job.skill,
        seed=job.seed,
        text=task.text,
        success=made.success,
        duration_s=round(made.duration_s, 3),
        failure=made.failure,
        figures=attempt_figures(made, 1e9 / rig.safety().config.period_ns),
        grades=dict(made.safety.grades),
        limits=dict(made.safety.interventions),
        errors=dict(made.flown.errors),
        film=_film(made) if film else b"",
    )


def evaluate(jobs: Sequence[AttemptJob], workers: int = 1, *, ray: str | None = None) -> Iterator[AttemptResult]:
    """Make every attempt of ``jobs`` and yield the results as they come; the same jobs give the same results.

    Args:
        jobs: Attempts of one plan.
        workers: Processes; of a local Ray cluster too.
        ray: Address of a Ray cluster; empty: the one that RAY_ADDRESS names, else a local one; None: no Ray.

    Raises:
        VlaError: the plan cannot be carried out, or Ray is not installed.
    """
    for _, result in completed(make_attempt, jobs, workers, ray=ray):
        yield result


def _film(made: Attempt) -> bytes:
    strip = made.roll.strip("scene", FRAMES, FRAME_WIDTH)
    return cv2.imencode(".jpg", cv2.cvtColor(strip, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[
        1
    ].tobytes()
