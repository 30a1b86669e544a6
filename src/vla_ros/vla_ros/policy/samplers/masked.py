# SPDX-License-Identifier: Apache-2.0
"""Decoding of discrete tokens in parallel: masked diffusion and discrete flow matching, both anytime. Numpy only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["DecodedTokens", "discrete_flow", "masked_diffusion"]

Array = npt.NDArray[np.float64]
Tokens = npt.NDArray[np.int64]
Logits = Callable[[Tokens], Array]
Expired = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class DecodedTokens:
    """Tokens and how far the decoding came.

    Attributes:
        tokens: ``(L,)`` token ids, none of them the mask.
        rounds: Rounds that ran.
        confidence: Mean probability of the chosen tokens.
    """

    tokens: Tokens
    rounds: int
    confidence: float


def masked_diffusion(
    logits: Logits,
    length: int,
    mask: int,
    rng: np.random.Generator,
    *,
    rounds: int = 12,
    expired: Expired = lambda: False,
) -> DecodedTokens:
    """Unmask the most confident tokens first on a cosine schedule (arXiv 2508.20072; MaskGIT, Chang et al. 2022).

    In round ``k`` of ``rounds`` all masked tokens are sampled and the least confident ``L cos(pi/2 (k + 1)/rounds)``
    are masked again, with Gumbel noise of temperature ``1 - (k + 1)/rounds`` on the log-probabilities. When ``expired``
    says so the rest is filled by argmax: there is an answer at any time.
    """
    tokens = np.full(length, mask, dtype=np.int64)
    probability = np.zeros(length)
    for index in range(rounds):
        distribution = _softmax(logits(tokens), mask)
        masked = tokens == mask
        if index == rounds - 1 or expired():
            return _finish(tokens, masked, distribution, probability, index + 1)
        sampled = _sample(distribution, rng)
        tokens = np.where(masked, sampled, tokens)
        probability = np.where(masked, np.take_along_axis(distribution, sampled[:, None], 1)[:, 0], probability)
        ratio = (index + 1) / rounds
        remask = int(np.clip(np.floor(length * np.cos(np.pi / 2.0 * ratio)), 1, max(1, int(masked.sum()) - 1)))
        gumbel = rng.gumbel(size=length) * (1.0 - ratio)
        score = np.where(masked, np.log(np.maximum(probability, 1e-30)) + gumbel, np.inf)
        tokens[np.argsort(score)[:remask]] = mask
    raise AssertionError("the last round returns")


def discrete_flow(
    logits: Logits,
    length: int,
    mask: int,
    rng: np.random.Generator,
    *,
    rounds: int = 12,
    expired: Expired = lambda: False,
) -> DecodedTokens:
    """Simulate the mask-source discrete flow (Gat et al. 2024, arXiv 2407.15595) by Euler steps.

    With scheduler ``kappa(t) = t`` a masked token jumps to a sample of the posterior with probability ``h / (1 - t)``
    in a step of length ``h``. When ``expired`` says so the rest is filled by argmax.
    """
    tokens = np.full(length, mask, dtype=np.int64)
    probability = np.zeros(length)
    for index in range(rounds):
        distribution = _softmax(logits(tokens), mask)
        masked = tokens == mask
        if index == rounds - 1 or expired():
            return _finish(tokens, masked, distribution, probability, index + 1)
        jumps = masked & (rng.random(length) < 1.0 / (rounds - index))
        sampled = _sample(distribution, rng)
        tokens = np.where(jumps, sampled, tokens)
        probability = np.where(jumps, np.take_along_axis(distribution, sampled[:, None], 1)[:, 0], probability)
    raise AssertionError("the last round returns")


def _finish(
    tokens: Tokens, masked: npt.NDArray[np.bool_], distribution: Array, probability: Array, rounds: int
) -> DecodedTokens:
    best = np.argmax(distribution, axis=1)
    filled = np.where(masked, best, tokens)
    chosen = np.where(masked, distribution.max(axis=1), probability)
    return DecodedTokens(filled.astype(np.int64), rounds, float(chosen.mean()))


def _softmax(values: Array, mask: int) -> Array:
    """Return probabilities; the mask itself is no answer, even where the model has a logit for it."""
    values = np.array(values, dtype=np.float64)
    values[:, mask : mask + 1] = -np.inf
    shifted = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def _sample(distribution: Array, rng: np.random.Generator) -> Tokens:
    """Sample one token per position by inverting the cumulative distribution."""
    cumulative = distribution.cumsum(axis=1)
    draw = rng.random((len(distribution), 1)) * cumulative[:, -1:]
    return (cumulative < draw).sum(axis=1).astype(np.int64)
