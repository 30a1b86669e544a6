# SPDX-License-Identifier: Apache-2.0
"""Bidirectional decoding (arXiv 2408.17355): which of several samples continues the running motion best. Pure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from vla_ros.policy.prediction import Prediction
from vla_ros.policy.schedule.timeline import Timeline

__all__ = ["select_sample"]

Array = npt.NDArray[np.float64]

DECAY = 0.5  # rho of the paper's backward loss
MODE_SIZE = 5  # samples on either side of the forward contrast, K of the reference code


def select_sample(prediction: Prediction, running: Timeline | None, after_ns: int) -> Prediction:
    r"""Return the prediction with the best of its samples as its chunk.

        loss(a) = Σ_τ ρ^τ ‖a_τ - running_τ‖  +  (Σ_{b ∈ A⁺} ‖a - b‖ - Σ_{b ∈ A⁻} ‖a - b‖) / N

    over the times ``τ`` that the running timeline still covers after ``after_ns``. ``A⁺`` are the samples of the same
    policy closest to ``a``, ``A⁻`` those of a weaker one; without a weaker one only the backward loss counts.
    """
    if prediction.samples is None or len(prediction.samples) == 1:
        return prediction
    losses = np.zeros(len(prediction.samples))
    if running is not None:
        losses += _backward(prediction, prediction.samples, running, after_ns)
    if prediction.contrast is not None:
        losses += _forward(prediction.samples, prediction.contrast)
    best = prediction.samples[int(np.argmin(losses))]
    return replace(prediction, chunk=replace(prediction.chunk, rows=best))


def _backward(prediction: Prediction, samples: Array, running: Timeline, after_ns: int) -> Array:
    times = prediction.chunk.times_ns
    shared = (times > after_ns) & (times >= running.chunk.stamp_ns) & (times <= running.chunk.end_ns)
    rows, _ = running.at(times[shared])
    weights = DECAY ** np.arange(int(shared.sum()))
    algebra = running.algebra
    return np.array([weights @ np.linalg.norm(algebra.difference(s[shared], rows), axis=1) for s in samples])


def _forward(samples: Array, contrast: Array) -> Array:
    return (_nearest(samples, samples) - _nearest(samples, contrast)) / len(samples)


def _nearest(samples: Array, others: Array) -> Array:
    """Return the summed distance ``(N,)`` of every sample to its ``MODE_SIZE`` nearest of ``others``."""
    distance = np.linalg.norm(samples[:, None] - others[None], axis=-1).sum(axis=-1)
    return np.asarray(np.sort(distance, axis=1)[:, :MODE_SIZE].sum(axis=1))
