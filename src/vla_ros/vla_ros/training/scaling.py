# SPDX-License-Identifier: Apache-2.0
"""Normalisation measured on labelled shards: per row and dimension for actions, per column for proprioception."""

from __future__ import annotations

import numpy as np

from vla_ros.policy.flow.processing import Scaling
from vla_ros.training.dataset import LabelledShard, proprioception_of

__all__ = ["measure_scaling"]

# Where a column hardly varies, noise would be blown up to one: 10 mm and 0.05 rad are the floors.
ACTION_FLOOR = np.array([0.01, 0.01, 0.01, 0.05])
PROPRIOCEPTION_FLOOR = 0.01


def measure_scaling(shards: list[LabelledShard]) -> Scaling:
    """Return mean and spread of the labels and inputs of ``shards``; the gripper column stays -1 and +1."""
    actions = np.concatenate([item.labels.actions.reshape(-1, *item.labels.actions.shape[2:]) for item in shards])
    offset, scale = actions.mean(axis=0, dtype=float), actions.std(axis=0, dtype=float)
    scale[:, :4] = np.maximum(scale[:, :4], ACTION_FLOOR)
    offset[:, 4], scale[:, 4] = 0.0, 1.0
    inputs = np.concatenate([proprioception_of(item.shard.frames) for item in shards])
    spread = np.maximum(inputs.std(axis=0, dtype=float), PROPRIOCEPTION_FLOOR)
    return Scaling(offset, scale, inputs.mean(axis=0, dtype=float), spread)
