# SPDX-License-Identifier: Apache-2.0
"""Loss of the default policy: flow matching, where the phrases lie, and the auxiliary head.

The cross-entropy of the grounding maps is the decisive term: without it the policy moves wrong objects.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from vla_ros.policy.flow.model import Context, FlowPolicyNetwork, Inputs
from vla_ros.training.config import LossConfig

__all__ = ["Losses", "Targets", "losses"]

AUXILIARY_BETA = 0.1  # where the regression turns from quadratic to linear, in scaled units


@dataclass(frozen=True)
class Targets:
    """Labels of one batch.

    Attributes:
        actions: ``(N, T, A)`` normalised.
        auxiliary, auxiliary_mask: ``(N, X)``.
        points: ``(N, G, C, 2)`` u, v as shares of the picture, NaN where there is none.
    """

    actions: Tensor
    auxiliary: Tensor
    auxiliary_mask: Tensor
    points: Tensor


@dataclass(frozen=True)
class Losses:
    """Terms of the loss, each a scalar; ``total`` is what is minimised."""

    flow: Tensor
    grounding: Tensor
    auxiliary: Tensor
    total: Tensor


def losses(network: FlowPolicyNetwork, inputs: Inputs, targets: Targets, config: LossConfig) -> Losses:
    """Return the terms at random noise and flow times ``u ** time_power``.

    flow = mean |head(x_t, t) - x_1|²,  x_t = (1 - t) x_0 + t x_1
    """
    context = network.encode(inputs)
    time = torch.rand(len(targets.actions), device=targets.actions.device) ** config.time_power
    noise = torch.randn_like(targets.actions)
    mixed = torch.lerp(noise, targets.actions, time[:, None, None])
    flow = functional.mse_loss(network.denoise(context, mixed, time), targets.actions)
    grounding = _grounding(context, targets)
    auxiliary = _auxiliary(context, targets)
    return Losses(flow, grounding, auxiliary, flow + config.grounding * grounding + config.auxiliary * auxiliary)


def _grounding(context: Context, targets: Targets) -> Tensor:
    """Return the cross-entropies summed over phrases and cameras, each averaged over where its label exists.

    The label of a map is spread over the four cells around the point, so that the map's mean is the point itself.
    """
    size = round(context.grounding.shape[-1] ** 0.5)
    known = ~targets.points.isnan().any(dim=-1)
    at = torch.nan_to_num(targets.points) * size - 0.5
    low = at.floor()
    picked = torch.zeros_like(known, dtype=at.dtype)
    for corner in ((0, 0), (0, 1), (1, 0), (1, 1)):
        cell = low + torch.tensor(corner, dtype=at.dtype, device=at.device)
        weight = (1.0 - (at - cell).abs()).prod(dim=-1)
        u, v = cell.clamp(0, size - 1).long().unbind(dim=-1)
        picked = picked + weight * context.grounding.gather(-1, (v * size + u)[..., None])[..., 0]
    per_map = -(picked * known).sum(dim=0) / known.sum(dim=0).clamp(min=1)
    return per_map.sum()


def _auxiliary(context: Context, targets: Targets) -> Tensor:
    error = functional.smooth_l1_loss(context.auxiliary, targets.auxiliary, beta=AUXILIARY_BETA, reduction="none")
    return (error * targets.auxiliary_mask).sum() / targets.auxiliary_mask.sum()
