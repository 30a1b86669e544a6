# SPDX-License-Identifier: Apache-2.0
"""DDPM, DDIM and DPM-Solver++ over a :class:`NoiseSchedule`. Numpy; the network is a function of (sample, step)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from vla_ros.policy.samplers.noise_schedule import NoiseSchedule, predicted_clean

__all__ = ["ddim", "ddpm", "dpm_solver"]

Array = npt.NDArray[np.float64]
Network = Callable[[Array, int], Array]


def ddpm(
    network: Network, noise: Array, schedule: NoiseSchedule, steps: int, rng: np.random.Generator, *, clip: float = 1.0
) -> Array:
    """Return a sample by ancestral sampling (Ho et al. 2020, algorithm 2; small variance, clean sample clipped)."""
    sample = noise
    timesteps = schedule.leading(steps)
    stride = len(schedule.alpha_bar) // steps
    for step in timesteps:
        clean, _ = predicted_clean(schedule, network(sample, int(step)), sample, int(step))
        level, before = schedule.level(int(step)), schedule.level(int(step) - stride)
        kept = level / before
        mean = np.sqrt(before) * (1.0 - kept) / (1.0 - level) * np.clip(clean, -clip, clip)
        mean = mean + np.sqrt(kept) * (1.0 - before) / (1.0 - level) * sample
        variance = max((1.0 - before) / (1.0 - level) * (1.0 - kept), 1e-20)
        sample = mean + (np.sqrt(variance) * rng.standard_normal(noise.shape) if step > 0 else 0.0)
    return sample


def ddim(network: Network, noise: Array, schedule: NoiseSchedule, steps: int, clip: float | None = 1.0) -> Array:
    """Return a sample by the deterministic implicit sampler (Song et al. 2021, eta = 0)."""
    sample = noise
    stride = len(schedule.alpha_bar) // steps
    for step in schedule.leading(steps):
        clean, epsilon = predicted_clean(schedule, network(sample, int(step)), sample, int(step))
        if clip is not None:
            clean = np.clip(clean, -clip, clip)
        before = schedule.level(int(step) - stride)
        sample = np.sqrt(before) * clean + np.sqrt(1.0 - before) * epsilon
    return sample


def dpm_solver(network: Network, noise: Array, schedule: NoiseSchedule, steps: int) -> Array:
    """Return a sample by DPM-Solver++ of second order, multistep, midpoint (arXiv 2211.01095, algorithm 2).

    The first and the last step are of first order, as RDT runs it with 5 steps.
    """
    total = len(schedule.alpha_bar)
    timesteps = np.round(np.linspace(0, total - 1, steps + 1)[::-1]).astype(int)[:-1]
    sample, previous, previous_lambda = noise, None, 0.0
    for index, step in enumerate(timesteps):
        clean, _ = predicted_clean(schedule, network(sample, int(step)), sample, int(step))
        last = index == len(timesteps) - 1
        target = 1.0 if last else schedule.level(int(timesteps[index + 1]))
        level = schedule.level(int(step))
        if last:
            return clean  # sigma = 0: the first-order step ends at the predicted clean sample
        now_lambda, next_lambda = _log_snr(level), _log_snr(target)
        gap = next_lambda - now_lambda
        combined = clean
        if previous is not None:
            ratio = (now_lambda - previous_lambda) / gap
            combined = clean + (clean - previous) / (2.0 * ratio)
        sample = np.sqrt((1.0 - target) / (1.0 - level)) * sample - np.sqrt(target) * np.expm1(-gap) * combined
        previous, previous_lambda = clean, now_lambda
    return sample


def _log_snr(level: float) -> float:
    """Half the log signal-to-noise ratio: ln(alpha / sigma)."""
    return float(0.5 * np.log(level / (1.0 - level)))
