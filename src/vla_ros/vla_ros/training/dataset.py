# SPDX-License-Identifier: Apache-2.0
"""Labelled shards in memory and batches drawn from them. Pictures stay on disk; new shards are found while training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vla_ros.policy.flow.vocabulary import Vocabulary
from vla_ros.training.config import RELABEL_WEIGHTS
from vla_ros.training.labels import Labels, label
from vla_ros.training.scenes import draw_tasks
from vla_ros.training.sentences import encode_tasks
from vla_ros.training.shards import Shard, list_shards, read_shard
from vla_ros.training.situations import valid
from vla_sim.tasks.task import Skill

__all__ = ["Batch", "Dataset", "LabelledShard", "is_validation", "proprioception_of"]

Records = npt.NDArray[Any]

ALTERNATIVES = 4  # tasks labelled per frame: the one that was done, and others that the frame allows
CANDIDATES = 16
VALIDATION_EVERY = 40
# Table and bins with what may be carried above them; an object outside has fallen off.
WORKSPACE_LOW_M, WORKSPACE_HIGH_M = np.array([0.2, -0.5, -0.01]), np.array([0.85, 0.5, 0.6])


@dataclass(frozen=True, slots=True, eq=False)
class LabelledShard:
    """A shard with ``(N, K)`` tasks per frame and their labels ``(N, K, ...)``."""

    shard: Shard
    tasks: Records
    labels: Labels


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Numpy inputs and labels of B pictures and N = 2 B sentences; see ``flow.model.Inputs`` and ``labels.Labels``."""

    images: npt.NDArray[np.uint8]
    image_index: npt.NDArray[np.int64]
    words: npt.NDArray[np.int64]
    proprioception: npt.NDArray[np.float32]
    tasks: Records
    labels: Labels


def is_validation(name: str) -> bool:
    """Say whether the shard ``name`` is held out."""
    return int(name.rsplit("_", 1)[1]) % VALIDATION_EVERY == 0


def proprioception_of(frames: Records) -> npt.NDArray[np.float32]:
    """Return ``(N, 13)`` joints [rad], width [m], tool position [m], sine and cosine of its yaw."""
    yaw = frames["tool_yaw"]
    parts = [frames["joints"], frames["width"][:, None], frames["tool_position"]]
    return np.hstack([*parts, np.sin(yaw)[:, None], np.cos(yaw)[:, None]]).astype(np.float32)


def label_shard(shard: Shard, weights: Mapping[Skill, float] = RELABEL_WEIGHTS) -> LabelledShard:
    """Return the shard with alternatives of the skills in ``weights``; the draw depends on its name alone."""
    shard = _on_the_table(shard)
    rng = np.random.default_rng([ord(letter) for letter in shard.name])
    count, scenes = len(shard.frames), shard.scenes[shard.frames["scene"]]
    tasks = np.repeat(shard.frames["task"][:, None], ALTERNATIVES, axis=1)
    candidates = draw_tasks(count * CANDIDATES, weights, rng)
    allowed = valid(np.repeat(shard.frames, CANDIDATES), np.repeat(scenes, CANDIDATES), candidates)
    allowed, candidates = allowed.reshape(count, -1), candidates.reshape(count, -1)
    order = np.argsort(~allowed, axis=1, kind="stable")[:, : ALTERNATIVES - 1]
    chosen = np.take_along_axis(candidates, order, axis=1)
    tasks[:, 1:] = np.where(np.take_along_axis(allowed, order, axis=1), chosen, tasks[:, 1:])
    flat = label(np.repeat(shard.frames, ALTERNATIVES), np.repeat(scenes, ALTERNATIVES), tasks.reshape(-1))
    fields = (
        getattr(flat, name).reshape(count, ALTERNATIVES, *getattr(flat, name).shape[1:]) for name in Labels.__slots__
    )
    return LabelledShard(shard, tasks, Labels(*fields))


def _on_the_table(shard: Shard) -> Shard:
    """Return the shard without frames whose task is about an object that has left the table: there is nothing to do."""
    thing = shard.frames["task"]["object"]
    position = shard.frames["object_position"][np.arange(len(thing)), np.maximum(thing, 0)]
    inside = ((position > WORKSPACE_LOW_M) & (position < WORKSPACE_HIGH_M)).all(axis=1)
    kept = (thing < 0) | inside
    return Shard(shard.name, shard.frames[kept], shard.scenes, shard.images[kept])


class Dataset:
    """Frames of one folder that grows."""

    def __init__(
        self,
        folder: Path,
        *,
        validation: bool,
        weights: Mapping[Skill, float] = RELABEL_WEIGHTS,
        limit: int = 8,
    ) -> None:
        """Label up to ``limit`` of the shards that are there; :meth:`poll` labels the others while training goes on."""
        self._folder, self._validation, self._weights = folder, validation, weights
        self.shards: list[LabelledShard] = []
        self.poll(limit)

    def poll(self, limit: int) -> int:
        """Label up to ``limit`` shards that are new; return how many were."""
        known = {item.shard.name for item in self.shards}
        paths = [path for path in list_shards(self._folder) if path.name not in known]
        new = [path for path in paths if is_validation(path.name) == self._validation][:limit]
        self.shards += [label_shard(read_shard(path), self._weights) for path in new]
        return len(new)

    def __len__(self) -> int:
        """Return the number of frames."""
        return sum(len(item.tasks) for item in self.shards)

    def batch(self, count: int, vocabulary: Vocabulary, rng: np.random.Generator) -> Batch:
        """Return ``count`` random pictures, each with the task that was done and with another one."""
        sizes = np.array([len(item.tasks) for item in self.shards])
        parts = []
        for index, share in enumerate(rng.multinomial(count, sizes / sizes.sum())):
            if share:
                parts.append(_take(self.shards[index], rng.integers(0, sizes[index], share), vocabulary, rng))
        return join(parts)


def join(parts: list[Batch]) -> Batch:
    """Return several batches as one."""
    offsets = np.cumsum([0] + [len(part.images) for part in parts[:-1]])
    index = np.concatenate([part.image_index + offset for part, offset in zip(parts, offsets, strict=True)])
    labels = (np.concatenate([getattr(part.labels, name) for part in parts]) for name in Labels.__slots__)
    joined = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("images", "words", "proprioception", "tasks")
    }
    return Batch(image_index=index, labels=Labels(*labels), **joined)


def _take(item: LabelledShard, rows: Records, vocabulary: Vocabulary, rng: np.random.Generator) -> Batch:
    rows = np.sort(rows)
    samples = np.concatenate([rows, rows])
    choice = np.concatenate([np.zeros(len(rows), int), rng.integers(1, ALTERNATIVES, len(rows))])
    frames, tasks = item.shard.frames[samples], item.tasks[samples, choice]
    return Batch(
        images=item.shard.images[rows],
        image_index=np.tile(np.arange(len(rows)), 2),
        words=encode_tasks(vocabulary, item.shard.scenes[frames["scene"]], tasks, rng),
        proprioception=proprioception_of(frames),
        tasks=tasks,
        labels=Labels(*(getattr(item.labels, name)[samples, choice] for name in Labels.__slots__)),
    )
