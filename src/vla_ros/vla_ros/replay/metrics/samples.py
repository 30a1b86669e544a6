# SPDX-License-Identifier: Apache-2.0
"""Scores of policies that draw several samples, where a mean error would punish having two good answers. Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["energy_score", "least_of_samples"]

Array = npt.NDArray[np.float64]


def least_of_samples(samples: Array, truth: Array) -> float:
    """Return the root mean square error of the best of ``(N, T, A)`` samples against ``(T, A)``."""
    return float(np.sqrt(((samples - truth) ** 2).mean(axis=(1, 2))).min())


def energy_score(samples: Array, truth: Array) -> float:
    """Return the energy score of ``(N, T, A)`` samples against ``(T, A)``; smaller is better.

    E‖X − y‖ − ½ E‖X − X'‖ over flattened chunks (Gneiting and Raftery 2007, eq. 21), with X ≠ X' drawn without
    replacement: a proper score, which rewards the right spread.
    """
    flat, target = samples.reshape(len(samples), -1), truth.reshape(-1)
    distance = float(np.linalg.norm(flat - target, axis=1).mean())
    count = len(flat)
    if count < 2:
        return distance
    between = np.linalg.norm(flat[:, None] - flat[None], axis=2).sum() / (count * (count - 1))
    return distance - 0.5 * float(between)
