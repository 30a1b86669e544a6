# SPDX-License-Identifier: Apache-2.0
"""Noise schedules of discrete-time diffusion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.errors import ConfigError

__all__ = ["NoiseSchedule", "predicted_clean"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NoiseSchedule:
    """Cumulative signal levels ``alpha_bar`` ``(N,)`` of ``N`` training steps, descending from just below 1.

    Attributes:
        alpha_bar: Product of ``1 - beta`` up to every step.
        prediction: What the network predicts: ``epsilon``, ``sample`` or ``v``.
    """

    alpha_bar: Array
    prediction: str = "epsilon"

    def __post_init__(self) -> None:
        if self.prediction not in ("epsilon", "sample", "v"):
            raise ConfigError(f"prediction must be epsilon, sample or v, got '{self.prediction}'")

    @classmethod
    def squared_cosine(cls, steps: int = 100, prediction: str = "epsilon") -> NoiseSchedule:
        """Return ``squaredcos_cap_v2`` (Nichol and Dhariwal 2021): s = 0.008, betas capped at 0.999."""
        edges = np.cos((np.linspace(0.0, 1.0, steps + 1) + 0.008) / 1.008 * np.pi / 2.0) ** 2
        betas = np.minimum(1.0 - edges[1:] / edges[:-1], 0.999)
        return cls(np.asarray(np.cumprod(1.0 - betas), dtype=np.float64), prediction)

    @classmethod
    def linear(
        cls, steps: int = 1000, first: float = 1e-4, last: float = 0.02, prediction: str = "epsilon"
    ) -> NoiseSchedule:
        """Return the linear schedule of DDPM (Ho et al. 2020)."""
        betas = np.linspace(first, last, steps)
        return cls(np.asarray(np.cumprod(1.0 - betas), dtype=np.float64), prediction)

    def leading(self, steps: int) -> npt.NDArray[np.int64]:
        """Return ``steps`` inference steps, descending, spaced from 0 (diffusers' ``leading``)."""
        return (np.arange(steps) * (len(self.alpha_bar) // steps)).astype(np.int64)[::-1]

    def level(self, step: int) -> float:
        """Return ``alpha_bar`` of a step; 1 for the step before the first."""
        return float(self.alpha_bar[step]) if step >= 0 else 1.0


def predicted_clean(schedule: NoiseSchedule, output: Array, noisy: Array, step: int) -> tuple[Array, Array]:
    """Return the clean sample and the noise that a network's output stands for at ``step``."""
    level = schedule.level(step)
    signal, noise = np.sqrt(level), np.sqrt(1.0 - level)
    if schedule.prediction == "sample":
        return output, (noisy - signal * output) / noise
    if schedule.prediction == "v":
        return signal * noisy - noise * output, signal * output + noise * noisy
    return (noisy - noise * output) / signal, output
