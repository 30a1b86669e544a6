# SPDX-License-Identifier: Apache-2.0
"""What back ends over a local model have in common: its name and its latents. Neither plans nor judges."""

from __future__ import annotations

from collections.abc import Mapping

from vla_ros.planner.latents import Float32Array, LatentSpace
from vla_ros.planner.local.config import Asker, LocalConfig, Model
from vla_ros.planner.skills import SkillLibrary
from vla_ros.types import ImageArray

__all__ = ["LocalModelBackend"]


class LocalModelBackend:
    """Holds a model and what it is asked with."""

    def __init__(self, config: LocalConfig, library: SkillLibrary, model: Model, name: str) -> None:
        self._config, self._library, self._name = config, library, name
        self._asker = Asker(model, config.max_tokens)

    @property
    def planner_id(self) -> str:
        """Name of the back end and its checkpoint."""
        return f"local:{self._name}"

    @property
    def latent_space(self) -> LatentSpace:
        """What latents it makes."""
        return self._config.latent_space

    def latent(self, instruction: str, images: Mapping[str, ImageArray]) -> Float32Array:
        """Return the latent ``(W,)`` of an instruction: the network's last state after reading pictures and words."""
        return self._asker.embed(instruction, list(self._config.shown(images).values()))
