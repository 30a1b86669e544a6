# SPDX-License-Identifier: Apache-2.0
"""From an observation and a sentence to what the network sees, made once for both. Pure numpy.

A sentence is encoded once for all observations. The same observation with the same sentence gives the same object, by
which a runtime recognises that it has encoded the pictures already.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.errors import PolicyError
from vla_ros.policy.flow.arm import ARM_JOINTS
from vla_ros.policy.flow.assets import FlowAssets
from vla_ros.policy.flow.images import network_images, resized
from vla_ros.policy.flow.processing import ToolState, proprioception
from vla_ros.policy.keyed_cache import KeyedCache
from vla_ros.types import Observation

__all__ = ["InputMaker", "NetworkInputs"]

Float32 = npt.NDArray[np.float32]
Words = npt.NDArray[np.int64]

SENTENCES = 32  # subtasks of a task, and room for a few tasks


@dataclass(frozen=True, slots=True, eq=False)
class NetworkInputs:
    """One observation as the network sees it.

    Attributes:
        images: ``(1, C, 3, S, S)`` in [-1, 1].
        words: ``(1, L)`` indices.
        proprioception: ``(1, P)`` normalised.
    """

    images: Float32
    words: Words
    proprioception: Float32


class InputMaker:
    """Makes inputs for the network of ``assets``; remembers sentences and the newest observation."""

    def __init__(self, assets: FlowAssets, state_names: tuple[str, ...]) -> None:
        self._assets, self._state_names = assets, state_names
        self._sentences: KeyedCache[Words] = KeyedCache(SENTENCES)
        self._newest: tuple[Observation, str, tuple[NetworkInputs, ToolState]] | None = None

    def make(self, observation: Observation, text: str) -> tuple[NetworkInputs, ToolState]:
        """Return the inputs, and where the tool was measured.

        Raises:
            PolicyError: the sentence has words that the policy was never trained on.
        """
        if self._newest is None or self._newest[0] is not observation or self._newest[1] != text:
            words = self._sentences.get(text, lambda: self._encoded(text))
            self._newest = observation, text, self._made(observation, words)
        return self._newest[2]

    def _encoded(self, text: str) -> Words:
        unknown = self._assets.vocabulary.unknown_in(text)
        if unknown or not text.strip():
            words = ", ".join(unknown) or "none"
            raise PolicyError(f"the policy was not trained on this sentence; unknown words: {words}")
        return self._assets.vocabulary.encode(text)[None]

    def _made(self, observation: Observation, words: Words) -> tuple[NetworkInputs, ToolState]:
        config = self._assets.config
        state = observation.values(self._state_names)
        values, tool = proprioception(state[:ARM_JOINTS], float(state[ARM_JOINTS]))
        crops = zip(config.image_keys, config.image_crops, strict=True)
        colours = [(observation.images[key].astype(np.uint8, copy=False), crop) for key, crop in crops]
        pictures = np.stack([resized(image, config.image_size, crop) for image, crop in colours])
        scaled = self._assets.scaling.normalised_proprioception(values).astype(np.float32)
        return NetworkInputs(network_images(pictures)[None], words, scaled[None]), tool
