# SPDX-License-Identifier: Apache-2.0
"""Euler integration of flow matching in both time conventions, with the hooks of real-time chunking. Numpy only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

__all__ = ["FlowConvention", "Guidance", "guidance_gain", "guided_flow", "integrate_flow", "prefix_weights"]

Array = npt.NDArray[np.float64]
Velocity = Callable[[Array, float], Array]
VectorJacobian = Callable[[Array, float, Array], Array]


class FlowConvention(Enum):
    """Which end of the flow time is noise."""

    NOISE_AT_ZERO = "noise at 0"  # x_t = (1 - t) noise + t action; velocity = action - noise (GR00T, RTC paper)
    NOISE_AT_ONE = "noise at 1"  # x_t = t noise + (1 - t) action; velocity = noise - action (openpi, LeRobot)


@dataclass(frozen=True, slots=True)
class Guidance:
    """Real-time chunking guidance (arXiv 2506.07339).

    Attributes:
        prefix: ``(T, A)`` running actions on the rows of the new chunk; rows past the overlap are ignored.
        weights: ``(T,)`` soft mask of :func:`prefix_weights`.
        largest_gain: ``beta``, 5 in the paper.
    """

    prefix: Array
    weights: Array
    largest_gain: float = 5.0


def integrate_flow(velocity: Velocity, noise: Array, steps: int, convention: FlowConvention) -> Array:
    """Return the chunk at the clean end of the flow by ``steps`` Euler steps."""
    sample = noise
    for index in range(steps):
        time = index / steps
        if convention is FlowConvention.NOISE_AT_ZERO:
            sample = sample + velocity(sample, time) / steps
        else:
            sample = sample - velocity(sample, 1.0 - time) / steps
    return sample


def prefix_weights(rows: int, frozen: int, soft_end: int, schedule: str = "exp") -> Array:
    """Return the soft mask ``(rows,)``: 1 for frozen rows, decaying until ``soft_end``, 0 after (equation 5 there).

    Args:
        rows: Rows ``H`` of the chunk.
        frozen: Rows ``d`` that are executed before the chunk arrives.
        soft_end: First free row, ``H - s``.
        schedule: ``exp`` (the paper's), ``linear`` or ``ones`` (no decay).
    """
    index = np.arange(rows, dtype=np.float64)
    linear = np.clip((frozen - 1 - index) / (soft_end - frozen + 1) + 1.0, 0.0, 1.0)
    weights = {"exp": linear * np.expm1(linear) / np.expm1(1.0), "linear": linear, "ones": np.ones(rows)}[schedule]
    weights = np.where(index < frozen, 1.0, weights)
    return np.where(index >= max(soft_end, frozen), 0.0, weights)


def guidance_gain(time: float, largest: float = 5.0) -> float:
    """Return ``min(beta, (1 - t)/t · (t² + (1 - t)²)/(1 - t)²)``; ``beta`` at t = 0, noise at 0."""
    if time <= 0.0:
        return largest
    rest = 1.0 - time
    return min(largest, rest / time * (time**2 + rest**2) / rest**2)


def guided_flow(
    velocity: Velocity, vector_jacobian: VectorJacobian, noise: Array, steps: int, guidance: Guidance
) -> Array:
    """Return a chunk that agrees with the prefix, by pseudo-inverse guidance (noise at 0).

    ``vector_jacobian(x, t, u)`` is ``uᵀ ∂x1/∂x`` with ``x1 = x + (1 - t) v(x, t)``: the true one of the model. (Taking
    it for the identity is cheaper and a different method.)
    """
    sample = noise
    for index in range(steps):
        time = index / steps
        flow = velocity(sample, time)
        clean = sample + (1.0 - time) * flow
        error = (guidance.prefix - clean) * guidance.weights[:, None]
        correction = vector_jacobian(sample, time, error)
        sample = sample + (flow + guidance_gain(time, guidance.largest_gain) * correction) / steps
    return sample
