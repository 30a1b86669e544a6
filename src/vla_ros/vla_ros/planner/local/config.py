# SPDX-License-Identifier: Apache-2.0
"""Options of a planner over a local model, and what the back ends need of the model. No dialect is here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from vla_ros.errors import ConfigError
from vla_ros.planner.grounding import Convention
from vla_ros.planner.latents import Float32Array, LatentSpace
from vla_ros.planner.local.region import Region
from vla_ros.tasks import ErrorCode, Refusal
from vla_ros.types import ImageArray

__all__ = ["DIALECTS", "Asker", "LocalConfig", "Model"]

DIALECTS = ("json", "compact", "saycan")


class Model(Protocol):
    """What is needed of a ``LocalModel``."""

    def generate(
        self, messages: Any, images: Any, deadline_ns: int, max_tokens: int, schema: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the answer, which follows the JSON ``schema`` where one is given."""

    def embed(self, messages: Any, images: Any) -> Any:
        """Return the vector ``(W,)`` of what was read."""

    def log_likelihoods(self, messages: Any, images: Any, answers: Any) -> Any:
        """Return the log-probability of each answer."""


@dataclass(frozen=True, slots=True)
class LocalConfig:
    """Options of a planner's file.

    Attributes:
        folder: Of the checkpoint: the name of one that ships with vla_ros, or a path relative to the planner's file.
        dialect: ``json`` for chat models, ``compact`` for the default checkpoint, ``saycan`` for models that are to
            score the skills instead of writing a plan.
        coordinates: How the model writes coordinates, a value of ``Convention``; for ``json``.
        images: Keys of the images to show, in order.
        region: Part of each image to show: left, top, right, bottom as shares of its width and height.
        max_tokens: Longest answer.
        device: Of torch, such as cpu or cuda.
        sure: Mean probability of an answer's tokens below which a plan is refused as unsure, and a verdict is unsure;
            for ``compact``.
        guided: Let the model write nothing but what the JSON schema of the answer allows; for ``json``.
        affordances: Share of success that the robot has with a skill, 0..1, by its name; 1 where none is named; for
            ``saycan``.
        latent: Name of the space of its latents; empty: it makes none. See ``LatentSpace``.
        latent_rate_hz: How often, at most.
        latent_time_to_live_s: How long each holds.
    """

    folder: str
    dialect: str = "json"
    coordinates: str = Convention.THOUSAND_XY.value
    images: tuple[str, ...] = ("image.scene",)
    region: tuple[float, ...] = (0.0, 0.0, 1.0, 1.0)
    max_tokens: int = 512
    device: str = "cpu"
    sure: float = 0.0
    guided: bool = True
    affordances: Mapping[str, float] = field(default_factory=dict)
    latent: str = ""
    latent_rate_hz: float = 2.0
    latent_time_to_live_s: float = 2.0

    def __post_init__(self) -> None:
        if self.dialect not in DIALECTS:
            raise ConfigError(f"dialect must be one of {', '.join(DIALECTS)}, got '{self.dialect}'")
        if self.coordinates not in [item.value for item in Convention]:
            raise ConfigError(f"coordinates must be one of {', '.join(i.value for i in Convention)}")
        if len(self.region) != 4:
            raise ConfigError(f"region must be [left, top, right, bottom], got {list(self.region)}")
        Region(*self.region)
        _ = self.latent_space
        for skill, share in self.affordances.items():
            if not 0.0 <= share <= 1.0:
                raise ConfigError(f"affordances.{skill} must lie in 0 .. 1, got {share}")
        if not 0.0 <= self.sure < 1.0 or self.max_tokens < 1:
            raise ConfigError("sure must lie in 0 .. 1 and max_tokens must be >= 1")

    @property
    def latent_space(self) -> LatentSpace:
        """What latents are made."""
        return LatentSpace(self.latent, self.latent_rate_hz, self.latent_time_to_live_s)

    def shown(self, images: Mapping[str, ImageArray]) -> dict[str, ImageArray]:
        """Return what the model is shown of the images of a request."""
        region = Region(*self.region)
        return {key: region.cut(images[key]) for key in self.images if key in images}


class Asker:
    """Puts questions to the model; what comes after the deadline is refused."""

    def __init__(self, model: Model, max_tokens: int) -> None:
        self._model, self._max_tokens = model, max_tokens

    def ask(
        self, messages: Sequence[Any], images: Sequence[ImageArray], deadline_ns: int,
        schema: Mapping[str, Any] | None = None,
    ) -> Any:  # fmt: skip
        """Return what the model wrote.

        Raises:
            Refusal: it was late.
        """
        answer = self._model.generate(list(messages), list(images), deadline_ns, self._max_tokens, schema)
        if answer.is_late:
            raise Refusal(ErrorCode.PLANNER_UNAVAILABLE, "The model did not answer before the deadline.")
        return answer

    def scores(self, messages: Sequence[Any], images: Sequence[ImageArray], answers: Sequence[str]) -> Sequence[float]:
        """Return the log-probability of each answer as a whole."""
        found: Sequence[float] = self._model.log_likelihoods(list(messages), list(images), list(answers))
        return found

    def embed(self, text: str, images: Sequence[ImageArray]) -> Float32Array:
        """Return the vector ``(W,)`` of a text below pictures."""
        vector: Float32Array = self._model.embed([self.message("user", text, len(images))], list(images))
        return vector

    @staticmethod
    def message(role: str, text: str, images: int = 0) -> dict[str, Any]:
        """Return a chat message that shows ``images`` pictures before its text."""
        parts: list[dict[str, str]] = [{"type": "image"} for _ in range(images)]
        return {"role": role, "content": [*parts, {"type": "text", "text": text}]}
