# SPDX-License-Identifier: Apache-2.0
"""The words that the policy is trained on, and the sentences of labelled tasks."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from vla_ros.policy.flow.vocabulary import Vocabulary
from vla_ros.training.records import NETWORK, SIDES, names_of
from vla_sim.scene.palette import COLOURS, Shape
from vla_sim.tasks.language import SYNONYMS, TEMPLATES, sentence

__all__ = ["encode_tasks", "training_vocabulary"]

Records = npt.NDArray[Any]


def training_vocabulary() -> Vocabulary:
    """Return every word of every template, name and synonym."""
    templates = [text.format(object="", target="") for group in TEMPLATES.values() for text in group]
    synonyms = [word for group in SYNONYMS.values() for word in group]
    shapes = [shape.value for shape in Shape]
    return Vocabulary.of([*templates, *synonyms, *shapes, *COLOURS, *SIDES, "zone"], NETWORK.words)


def encode_tasks(
    vocabulary: Vocabulary, scenes: Records, tasks: Records, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Return ``(N, L)`` word indices of one random sentence per task."""
    pairs = zip(scenes, tasks, strict=True)
    return np.stack([vocabulary.encode(sentence(*names_of(scene, task), rng)) for scene, task in pairs])
