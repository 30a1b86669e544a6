# SPDX-License-Identifier: Apache-2.0
"""Frames of a LeRobot dataset as batches for the network: what was seen, and where the arm was commanded to go next.

Recordings tell no poses of things: of the auxiliary head only "done" is learned from them, and nothing is grounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vla_ros.contract import Contract
from vla_ros.dataset import DatasetReader
from vla_ros.dataset.features import action_names, video_key
from vla_ros.dataset.reader import Episode
from vla_ros.errors import VlaError
from vla_ros.policy.flow.arm import ARM_JOINTS, tool_pose, yaw_of
from vla_ros.policy.flow.assets import FlowAssets
from vla_ros.policy.flow.images import resized
from vla_ros.policy.flow.processing import proprioception, relative_rows
from vla_ros.policy.flow.vocabulary import Vocabulary
from vla_ros.training.dataset import Batch
from vla_ros.training.labels import AUXILIARY, Labels
from vla_ros.training.records import NO_TASK
from vla_ros.types import ActionSpace

__all__ = ["RecordedFrames", "read_recorded", "vocabulary_with"]

Array = npt.NDArray[np.float64]
DONE = AUXILIARY.index("done")
DONE_S = 0.5  # the last half second of a successful episode is labelled as done


@dataclass(frozen=True, slots=True, eq=False)
class RecordedFrames:
    """All frames of some episodes.

    Attributes:
        images: ``(N, C, S, S, 3)`` on disk.
        proprioception: ``(N, 13)``.
        words: ``(N, L)``.
        actions: ``(N, T, 5)`` as in ``labels.Labels``.
        done: ``(N,)`` in {0, 1}.
        episodes: ``(N,)`` index in the dataset.
    """

    images: npt.NDArray[np.uint8]
    proprioception: npt.NDArray[np.float32]
    words: npt.NDArray[np.int64]
    actions: npt.NDArray[np.float32]
    done: npt.NDArray[np.float32]
    episodes: npt.NDArray[np.int64]

    def batch(self, rows: npt.NDArray[np.int64]) -> Batch:
        """Return the frames ``rows (N,)``, one sentence each."""
        rows = np.sort(rows)
        count = len(rows)
        auxiliary, known = np.zeros((count, len(AUXILIARY)), np.float32), np.zeros((count, len(AUXILIARY)), bool)
        auxiliary[:, DONE], known[:, DONE] = self.done[rows], True
        nowhere = np.full((count, 2, self.images.shape[1], 2), np.nan, np.float32)
        return Batch(
            images=np.asarray(self.images[rows]),
            image_index=np.arange(count),
            words=self.words[rows],
            proprioception=self.proprioception[rows],
            tasks=np.repeat(NO_TASK[None], count),
            labels=Labels(self.actions[rows], auxiliary, known, nowhere),
        )


def vocabulary_with(assets: FlowAssets, sentences: list[str]) -> Vocabulary:
    """Return the checkpoint's vocabulary with the new words of ``sentences`` behind it: their places are untrained.

    Raises:
        VlaError: the network has no room for them.
    """
    words = list(assets.vocabulary.words)
    for sentence in sentences:
        words += [word for word in dict.fromkeys(assets.vocabulary.unknown_in(sentence)) if word not in words]
    if len(words) + 2 > assets.config.vocabulary:
        raise VlaError(f"the dataset has {len(words)} words, the network takes {assets.config.vocabulary - 2}")
    return Vocabulary(tuple(words), assets.vocabulary.length)


def read_recorded(dataset: DatasetReader, contract: Contract, assets: FlowAssets, folder: Path) -> RecordedFrames:
    """Read every episode; pictures, as small as the network sees them, go into a file in ``folder``.

    Raises:
        VlaError: the dataset has no joint positions as actions, lacks a camera, or a video is too short.
    """
    _require(dataset, contract, assets)
    config = assets.config
    count = int(dataset.info["total_frames"])
    shape = (count, len(config.image_keys), config.image_size, config.image_size, 3)
    images = np.lib.format.open_memmap(folder / "images.npy", mode="w+", dtype=np.uint8, shape=shape)
    seen = _seen_columns(contract)
    parts: list[tuple[Array, Array, Array, npt.NDArray[np.int64]]] = []
    at = 0
    for index in range(len(dataset)):
        episode = dataset.episode(index)
        length = len(episode.tasks)
        _fill(images[at : at + length], dataset, index, assets)
        state = np.asarray(episode.columns["observation.state"], np.float64)[:, seen]
        parts.append((*_numbers(episode, state, dataset.fps, assets), np.full(length, index, np.int64)))
        at += length
    inputs, actions, done, episodes = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    tasks = [task for index in range(len(dataset)) for task in dataset.episode(index).tasks]
    words = np.stack([assets.vocabulary.encode(task) for task in tasks])
    return RecordedFrames(
        images, inputs.astype(np.float32), words, actions.astype(np.float32), done.astype(np.float32), episodes
    )


def _require(dataset: DatasetReader, contract: Contract, assets: FlowAssets) -> None:
    spec = contract.action
    if spec.space is not ActionSpace.JOINT_POSITION or len(spec.names) != ARM_JOINTS or not spec.gripper:
        raise VlaError(f"the policy learns from joint positions and a gripper; '{contract.name}' commands other things")
    found, wanted = dataset.info["features"].get("action", {}).get("names"), action_names(contract)
    if found is not None and tuple(found) != wanted:
        raise VlaError(
            f"the dataset's action is {', '.join(found)}; the contract has {', '.join(action_names(contract))}"
        )
    for key in assets.config.image_keys:
        if video_key(key) not in dataset.video_keys:
            raise VlaError(f"the dataset has no camera '{video_key(key)}'; it has {', '.join(dataset.video_keys)}")


def _fill(images: npt.NDArray[np.uint8], dataset: DatasetReader, index: int, assets: FlowAssets) -> None:
    for camera, (key, crop) in enumerate(zip(assets.config.image_keys, assets.config.image_crops, strict=True)):
        row = -1
        for row, picture in zip(range(len(images)), dataset.pictures(index, video_key(key)), strict=False):
            images[row, camera] = resized(picture, assets.config.image_size, crop)
        if row + 1 != len(images):
            raise VlaError(f"the video '{key}' of episode {index} has {row + 1} pictures, needed: {len(images)}")


def _seen_columns(contract: Contract) -> list[int]:
    """Return where joint positions and, last, the gripper's width stand in the state."""
    names = contract.state_names
    widths = [name for name in names if name.endswith(".width")]
    wanted = [*(f"{joint}.position" for joint in contract.joints.names), *widths[:1]]
    if not widths or set(wanted) - set(names):
        raise VlaError(f"the policy sees joint positions and the gripper's width; '{contract.name}' lacks one of them")
    return [names.index(name) for name in wanted]


def _numbers(episode: Episode, state: Array, fps: int, assets: FlowAssets) -> tuple[Array, Array, Array]:
    """Return proprioception ``(N, 13)``, actions ``(N, T, 5)`` and done ``(N,)`` of states ``(N, 8)``."""
    commanded = np.asarray(episode.columns["action"], np.float64)
    position, rotation = tool_pose(commanded[:, :ARM_JOINTS])
    yaw = np.unwrap(yaw_of(rotation))
    inputs, actions = [], []
    last, step = len(state) - 1, assets.period_ns * 1e-9 * fps
    ahead = np.arange(1, assets.config.rows + 1) * step
    for row in range(len(state)):
        values, tool = proprioception(state[row, :ARM_JOINTS], float(state[row, ARM_JOINTS]))
        due = np.minimum(row + ahead, last)  # in frames; after the end the arm stays where it was sent last
        pose = np.column_stack([np.interp(due, np.arange(len(state)), column) for column in (*position.T, yaw)])
        # An action's width is the one that is commanded from the row before on.
        before = np.minimum(np.floor(row + ahead - step + 1e-6), last).astype(int)
        width = commanded[before, ARM_JOINTS]
        inputs.append(values)
        actions.append(relative_rows(pose[:, :3], pose[:, 3], width, tool))
    success = bool(np.any(episode.columns.get("next.success", False)))
    done = np.arange(len(state)) >= len(state) - DONE_S * fps
    return np.stack(inputs), np.stack(actions), (done & success).astype(np.float64)
