# SPDX-License-Identifier: Apache-2.0
"""Folders of recorded frames on disk: written aside, renamed into place, read as memory maps. No labels.

A shard is a folder with ``frames.npy``, ``scenes.npy`` and ``images.npy`` ``(N, C, H, W, 3)``. A reader that polls the
parent folder never sees half a shard.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Episode", "Shard", "list_shards", "read_shard", "write_shard"]

Records = npt.NDArray[Any]
Images = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Episode:
    """One recorded scene: ``SCENE`` record, frames ``(N,)``, images ``(N, C, H, W, 3)``, and which tasks succeeded."""

    scene: Records
    frames: Records
    images: Images
    successes: tuple[bool, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Shard:
    """Frames ``(N,)``, the scenes they point to, and their images ``(N, C, H, W, 3)``, mapped from disk."""

    name: str
    frames: Records
    scenes: Records
    images: Images


def write_shard(folder: Path, name: str, episodes: list[Episode]) -> Path:
    """Write ``episodes`` as shard ``name`` of ``folder``."""
    for index, episode in enumerate(episodes):
        episode.frames["scene"] = index
    temporary = folder / f".{name}.{os.getpid()}"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    np.save(temporary / "frames.npy", np.concatenate([episode.frames for episode in episodes]))
    np.save(temporary / "scenes.npy", np.stack([episode.scene for episode in episodes]))
    np.save(temporary / "images.npy", np.concatenate([episode.images for episode in episodes]))
    path = folder / name
    temporary.rename(path)
    return path


def list_shards(folder: Path) -> list[Path]:
    """Return the finished shards of ``folder`` in the order of their names."""
    return sorted(path.parent for path in folder.glob("[!.]*/frames.npy"))


def read_shard(path: Path) -> Shard:
    """Read the shard at ``path`` wholly: random access to a memory map cost a third of a training step."""
    return Shard(
        path.name,
        np.load(path / "frames.npy"),
        np.load(path / "scenes.npy"),
        np.load(path / "images.npy"),
    )
