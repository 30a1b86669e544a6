# SPDX-License-Identifier: Apache-2.0
"""Rules that combine several predictions of the same instants into one. Pure functions on stacks of predictions.

A stack is ``(N, T, A)``: ``N`` chunks, oldest first, at the same ``T`` times; ``valid`` ``(N, T)`` says which chunk
covers which time. Every rule returns weights ``(N, T)`` that sum to 1 over the chunks. The newest chunk covers every
time that is asked for, so no column of ``valid`` is empty.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.errors import ConfigError, unknown_name

__all__ = [
    "LEROBOT_AGGREGATES",
    "AdaptiveEnsemble",
    "Aggregate",
    "CombinationRule",
    "ConfidenceFusion",
    "Newest",
    "TemporalEnsemble",
    "TrajectoryVoting",
]

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
CombinationRule = Callable[[Array, Mask, Array], Array]

# (weight of the old timeline, weight of the new chunk), lerobot.async_inference AGGREGATE_FUNCTIONS.
LEROBOT_AGGREGATES = {
    "weighted_average": (0.3, 0.7),
    "latest_only": (0.0, 1.0),
    "average": (0.5, 0.5),
    "conservative": (0.7, 0.3),
}


def _normalised(weights: Array, valid: Mask) -> Array:
    masked = np.where(valid, weights, 0.0)
    return masked / masked.sum(axis=0, keepdims=True)


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest prediction replaces every older one."""

    def __call__(self, stack: Array, valid: Mask, confidence: Array) -> Array:
        """Return the weights ``(N, T)``."""
        weights = np.zeros(valid.shape)
        weights[-1] = 1.0
        return weights


@dataclass(frozen=True, slots=True)
class Aggregate:
    """LeRobot's pairwise merge of the running timeline with the newest chunk."""

    name: str = "weighted_average"

    def __post_init__(self) -> None:
        if self.name not in LEROBOT_AGGREGATES:
            raise ConfigError(unknown_name("aggregate", self.name, LEROBOT_AGGREGATES))

    def __call__(self, stack: Array, valid: Mask, confidence: Array) -> Array:
        """Return the weights ``(N, T)``; the stack is the running timeline and the newest chunk."""
        old, new = LEROBOT_AGGREGATES[self.name]
        weights = np.zeros(valid.shape)
        weights[:-1] = old
        weights[-1] = new if len(stack) > 1 else 1.0
        return _normalised(weights, valid)


@dataclass(frozen=True, slots=True)
class TemporalEnsemble:
    """ACT (arXiv 2304.13705): weight ``exp(-decay · i)``, ``i = 0`` the *oldest* prediction that covers the time.

    The reference code recognises a covered time by non-zero actions and so ignores a true zero action; coverage is a
    mask here.
    """

    decay: float = 0.01

    def __call__(self, stack: Array, valid: Mask, confidence: Array) -> Array:
        """Return the weights ``(N, T)``."""
        rank = np.cumsum(valid, axis=0) - 1
        return _normalised(np.exp(-self.decay * rank), valid)


@dataclass(frozen=True, slots=True)
class AdaptiveEnsemble:
    """CogACT (arXiv 2411.19650): weight ``exp(gain · cos(newest, prediction))`` over whole rows; gain 0.1."""

    gain: float = 0.1

    def __call__(self, stack: Array, valid: Mask, confidence: Array) -> Array:
        """Return the weights ``(N, T)``."""
        return _normalised(np.exp(self.gain * _cosine_to_newest(stack)), valid)


@dataclass(frozen=True, slots=True)
class TrajectoryVoting:
    """VOTE (arXiv 2507.05116): predictions vote with or against the newest; the larger side is averaged.

    A prediction agrees when its cosine to the newest is above ``threshold`` (0.5). Ties go to the newest's side.
    """

    threshold: float = 0.5

    def __call__(self, stack: Array, valid: Mask, confidence: Array) -> Array:
        """Return the weights ``(N, T)``."""
        agree = (_cosine_to_newest(stack) > self.threshold) & valid
        agree[-1] = True
        differ = valid & ~agree
        majority = agree.sum(axis=0) >= differ.sum(axis=0)
        return _normalised(np.ones(valid.shape), np.where(majority, agree, differ))


@dataclass(frozen=True, slots=True)
class ConfidenceFusion:
    """HybridVLA (arXiv 2503.10631): average token and diffusion prediction when the tokens are sure of themselves.

    The stack is ``[tokens, diffusion]``; ``confidence`` ``(N,)`` holds the mean maximum softmax of the tokens first.
    Above ``threshold`` (0.96; the reference code's 5.8 over 6 tokens is 0.9667) both are averaged, else the diffusion
    prediction stands alone.
    """

    threshold: float = 0.96

    def __call__(self, stack: Array, valid: Mask, confidence: Array) -> Array:
        """Return the weights ``(N, T)``."""
        weights = np.zeros(valid.shape)
        weights[-1] = 1.0
        if len(stack) > 1 and confidence[0] > self.threshold:
            weights[-2] = 1.0
        return _normalised(weights, valid)


def _cosine_to_newest(stack: Array) -> Array:
    newest = stack[-1]
    dots = np.einsum("nta,ta->nt", stack, newest)
    norms = np.linalg.norm(stack, axis=-1) * np.linalg.norm(newest, axis=-1)
    return np.where(norms > 1e-12, dots / np.where(norms > 1e-12, norms, 1.0), 1.0)
