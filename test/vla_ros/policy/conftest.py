# SPDX-License-Identifier: Apache-2.0
"""Chunks, predictions and schedulers by hand, as fixtures."""

from dataclasses import replace

import numpy as np
import pytest

from vla_ros.policy.prediction import Prediction
from vla_ros.policy.schedule.scheduler import ChunkScheduler, SchedulerConfig
from vla_ros.policy.schedule.strategy import strategy
from vla_ros.types import ActionChunk, ActionSpace, Provenance

PERIOD_NS = 100_000_000


class Make:
    """Makers of values; times in rows of 0.1 s."""

    period_ns = PERIOD_NS

    def chunk(self, rows, at=0.0, observed=None, gripper=None, epoch=1, **provenance):
        rows = np.asarray(rows, float)
        rows = rows[:, None] if rows.ndim == 1 else rows
        observed = at if observed is None else observed
        return ActionChunk(
            stamp_ns=round(at * PERIOD_NS),
            period_ns=PERIOD_NS,
            space=ActionSpace.JOINT_POSITION,
            names=tuple(f"j{index}" for index in range(rows.shape[1])),
            rows=rows,
            gripper_m=np.zeros(0) if gripper is None else np.asarray(gripper, float),
            provenance=Provenance(observation_stamp_ns=round(observed * PERIOD_NS), epoch=epoch, **provenance),
        )

    def prediction(self, *args, samples=None, companion=None, contrast=None, **kwargs):
        return Prediction(self.chunk(*args, **kwargs), samples, contrast, companion)

    def scheduler(self, name, **config):
        return ChunkScheduler(strategy(name), SchedulerConfig(**config)).reset(1)

    def merged(self, scheduler, now, *args, **kwargs):
        """Start an inference from the chunk's observation, and merge its prediction at ``now``."""
        prediction = self.prediction(*args, **kwargs)
        observed = prediction.chunk.provenance.observation_stamp_ns
        scheduler, _ = scheduler.start(observed, observed)
        return scheduler.merge(round(now * PERIOD_NS), prediction)

    def with_rule(self, scheduler, rule):
        return replace(scheduler, strategy=replace(scheduler.strategy, rule=rule))


@pytest.fixture(scope="session")
def make():
    return Make()
