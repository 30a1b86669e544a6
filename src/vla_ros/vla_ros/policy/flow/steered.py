# SPDX-License-Identifier: Apache-2.0
"""Integration of the flow with real-time chunking: guided through the network's Jacobian, or by in-painting. Torch.

Both use the network's own parts (``encode``, ``head.cache``, ``head.run``); with weights of zero both are its plain
Euler integration.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vla_ros.policy.flow.model import FlowPolicyNetwork, Inputs
from vla_ros.policy.samplers.flow import guidance_gain

__all__ = ["SteeredGraph", "guided", "inpainted"]

Cached = list[tuple[Tensor, Tensor]]


def guided(network: FlowPolicyNetwork, cached: Cached, noise: Tensor, prefix: Tensor, weights: Tensor) -> Tensor:
    """Return chunks ``(N, T, A)`` pulled towards ``prefix`` by pseudo-inverse guidance (arXiv 2506.07339, eq. 2-4).

    The correction is the true vector-Jacobian product of the network's clean prediction; its gain is that of
    :func:`vla_ros.policy.samplers.flow.guidance_gain`. Needs a graph: not to be called in inference mode.
    """
    chunk, steps = noise, network.config.euler_steps
    for step in range(steps):
        time = step / steps
        with torch.enable_grad():
            sample = chunk.detach().requires_grad_()
            clean = network.head.run(cached, sample, noise.new_full((len(noise),), time))
            error = (prefix - clean.detach()) * weights
            (correction,) = torch.autograd.grad(clean, sample, error)
        velocity = (clean.detach() - chunk) / (1.0 - time)
        chunk = chunk + (velocity + guidance_gain(time) * correction) / steps
    return chunk


def inpainted(network: FlowPolicyNetwork, cached: Cached, noise: Tensor, prefix: Tensor, weights: Tensor) -> Tensor:
    """Return chunks ``(N, T, A)`` whose values of weight 1 are ``prefix``, at its noise level while denoising.

    Costs nothing; the other rows see the prefix only through the network's attention.
    """
    chunk, steps = noise, network.config.euler_steps
    for step in range(steps):
        time = step / steps
        chunk = torch.lerp(chunk, torch.lerp(noise, prefix, time), weights)
        clean = network.head.run(cached, chunk, noise.new_full((noise.shape[0],), time))
        chunk = chunk + (clean - chunk) / (steps * (1.0 - time))
    return torch.lerp(chunk, prefix, weights)


class SteeredGraph(nn.Module):
    """The whole inference with plain tensors in and out, as an exporter wants it; in-painting included."""

    def __init__(self, network: FlowPolicyNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(
        self,
        images: Tensor,
        image_index: Tensor,
        words: Tensor,
        proprioception: Tensor,
        steering: tuple[Tensor, Tensor, Tensor],
    ) -> tuple[Tensor, Tensor]:
        """Return chunks ``(N, T, A)`` and the auxiliary outputs; noise, prefix and weights are ``(N, T, A)``."""
        noise, prefix, weights = steering
        context = self.network.encode(Inputs(images, image_index, words, proprioception))
        cached = self.network.head.cache(context.tokens)
        return inpainted(self.network, cached, noise, prefix, weights), context.auxiliary
