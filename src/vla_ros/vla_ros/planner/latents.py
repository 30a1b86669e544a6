# SPDX-License-Identifier: Apache-2.0
"""Latents: the vector that a planner hands to a policy beside its words (Helix, GR00T, ThinkAct style). No model here.

A latent says which space it belongs to, which observation it was made from and how long it holds. A policy that was
trained with another space refuses it, and one that holds no longer is not used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from vla_ros.errors import ConfigError
from vla_ros.types import ImageArray

__all__ = ["LatentSource", "LatentSpace"]

Float32Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LatentSpace:
    """What kind of latents a back end makes.

    Attributes:
        latent_id: Name of the space, as policies that were trained with it know it; empty: none are made.
        rate_hz: How often, at most: the model may be slower.
        time_to_live_s: How long each holds.
    """

    latent_id: str = ""
    rate_hz: float = 2.0
    time_to_live_s: float = 2.0

    def __post_init__(self) -> None:
        if not self.rate_hz > 0.0 or not self.time_to_live_s > 0.0:
            raise ConfigError("latent_rate_hz and latent_time_to_live_s must be > 0")


@runtime_checkable
class LatentSource(Protocol):
    """A back end that makes latents."""

    @property
    def latent_space(self) -> LatentSpace:
        """What it makes."""

    def latent(self, instruction: str, images: Mapping[str, ImageArray]) -> Float32Array:
        """Return the vector ``(W,)`` for an instruction as the images show the scene."""
