# SPDX-License-Identifier: Apache-2.0
"""Judges a dataset by the ``lerobot`` package itself: time, numbers, pictures and task of every frame, all statistics.

Runs in an environment that has lerobot (requirements/lerobot.txt) and needs nothing of vla_ros:

    PYTHON tools/lerobot_judge.py DATASET [--reference FILE.npz]

A dataset of version 2.1 is converted by lerobot's own converter first, in a copy. Prints one JSON object; exit code 1
where something is wrong.
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601: what the video codec keeps in full resolution
LEVELS = 4.0 / 255.0  # mean error of a picture's luma that a codec may leave
SHADE = 0.02  # of the mean of sub-sampled pictures against that of all decoded ones
TIME_S = 1e-4  # LeRobot's own tolerance
MOST_TOLD = 10


class Judge:
    """Collects what is wrong."""

    def __init__(self) -> None:
        self.problems = []
        self.checks = 0

    def require(self, condition: bool, sentence: str) -> None:  # noqa: FBT001 (a claim)
        """Count a check; remember the sentence where it fails."""
        self.checks += 1
        if not condition:
            self.problems.append(sentence)


def open_dataset(root: Path, folder: Path, **settings: Any) -> Any:
    """Return the dataset as lerobot loads it; one of version 2.1 is converted below ``folder``."""
    from lerobot.datasets.lerobot_dataset import LeRobotDataset

    version = json.loads((root / "meta" / "info.json").read_text())["codebase_version"]
    if version == "v2.1":
        from lerobot.scripts.convert_dataset_v21_to_v30 import convert_dataset

        copy = folder / "converted"
        shutil.copytree(root, copy)
        convert_dataset("local/converted", root=copy, push_to_hub=False)
        root = copy
    return LeRobotDataset("local/exported", root=root, **settings)


def judge_frames(judge: Judge, dataset: Any, reference: Any) -> dict[str, np.ndarray]:
    """Check every frame; return the columns of all of them, and the mean colour of every picture."""
    columns: dict[str, list] = {}
    starts = {}
    for index in range(len(dataset)):
        item = dataset[index]
        episode, frame = int(item["episode_index"]), int(item["frame_index"])
        first = starts.setdefault(episode, index)
        due_s = frame / dataset.meta.fps
        judge.require(frame == index - first, f"frame {index} says that it is number {frame} of episode {episode}")
        judge.require(int(item["index"]) == index, f"frame {index} says that its index is {int(item['index'])}")
        judge.require(abs(float(item["timestamp"]) - due_s) < TIME_S, f"frame {index} is stamped {item['timestamp']} s")
        for key in dataset.meta.features:
            if key in dataset.meta.camera_keys:
                picture = np.moveaxis(item[key].numpy(), 0, -1)
                columns.setdefault(key, []).append(picture.mean(axis=(0, 1)))
                judge_picture(judge, f"{key} of frame {index}", picture, reference, (key, index))
            else:
                columns.setdefault(key, []).append(np.atleast_1d(np.asarray(item[key])))
        if reference is not None:
            judge.require(
                item["task"] == str(reference["task"][index]), f"the task of frame {index} is {item['task']!r}"
            )
            for key in ("observation.state", "action"):
                equal = np.array_equal(item[key].numpy(), reference[key][index])
                judge.require(equal, f"{key} of frame {index} is not that of the bag")
    return {key: np.stack(values) for key, values in columns.items()}


def judge_picture(judge: Judge, what: str, picture: np.ndarray, reference: Any, place: tuple[str, int]) -> None:
    """Compare a decoded picture ``(H, W, 3)`` in [0, 1] with the bag's."""
    if reference is None:
        return
    original = reference[place[0]][place[1]] / 255.0
    judge.require(picture.shape == original.shape, f"{what} has shape {picture.shape}")
    error = np.abs((picture - original) @ LUMA).mean()
    judge.require(error < LEVELS, f"{what} is off by {255 * error:.1f} grey levels")


def judge_statistics(judge: Judge, dataset: Any, columns: dict[str, np.ndarray], exported: dict) -> None:
    """Compare the statistics as lerobot reads them with what the frames give.

    Quantiles are those that were ``exported``: lerobot's converter averages them over episodes.
    """
    for key, values in columns.items():
        found = dataset.meta.stats[key]
        if key in dataset.meta.camera_keys:
            off = np.abs(found["mean"].reshape(-1) - values.mean(axis=0)).max()
            judge.require(found["mean"].shape == (3, 1, 1), f"the mean of {key} has shape {found['mean'].shape}")
            judge.require(off < SHADE, f"the mean of {key} is off by {off:.3f}")
            continue
        flat = values.reshape(len(values), -1).astype(np.float64)
        wanted = {"mean": flat.mean(axis=0), "std": flat.std(axis=0), "min": flat.min(axis=0), "max": flat.max(axis=0)}
        quantiles = {f"q{q:02d}": np.quantile(flat, q / 100, axis=0) for q in (1, 10, 50, 90, 99)}
        for source, values_by_name in ((found, wanted), (exported[key], quantiles)):
            for name, value in values_by_name.items():
                off = np.abs(np.asarray(source[name], np.float64).reshape(-1) - value) / np.maximum(1.0, np.abs(value))
                judge.require(off.max() <= 1e-6, f"{name} of {key} is {source[name]}, the frames give {value}")
        judge.require(int(found["count"][0]) == len(values), f"count of {key} is {found['count']}")


def judge_training(judge: Judge, root: Path, folder: Path, fps: int) -> None:
    """Load a batch as a trainer does: chunks of actions ahead of each frame, padded at the end of an episode."""
    import torch

    ahead = [step / fps for step in range(8)]
    dataset = open_dataset(root, folder, delta_timestamps={"action": ahead})
    batch = next(iter(torch.utils.data.DataLoader(dataset, batch_size=4, shuffle=False)))
    width = dataset.meta.features["action"]["shape"][0]
    judge.require(tuple(batch["action"].shape) == (4, 8, width), f"a batch of chunks has shape {batch['action'].shape}")
    last = dataset[len(dataset) - 1]
    judge.require(bool(last["action_is_pad"][1:].all()), "the last frame's chunk is not padded")


def main() -> int:
    """Run the command line."""
    line = argparse.ArgumentParser(description=__doc__)
    line.add_argument("dataset", type=Path)
    line.add_argument("--reference", type=Path, help="task, state, action and pictures of every frame")
    arguments = line.parse_args()
    judge = Judge()
    with tempfile.TemporaryDirectory() as folder:
        dataset = open_dataset(arguments.dataset, Path(folder, "frames"))
        reference = np.load(arguments.reference) if arguments.reference else None
        columns = judge_frames(judge, dataset, reference)
        exported = json.loads((arguments.dataset / "meta" / "stats.json").read_text())
        judge_statistics(judge, dataset, columns, exported)
        judge_training(judge, arguments.dataset, Path(folder, "training"), dataset.meta.fps)
        found = {"episodes": dataset.meta.total_episodes, "frames": len(dataset)}
    found |= {"checks": judge.checks, "wrong": len(judge.problems), "problems": judge.problems[:MOST_TOLD]}
    sys.stdout.write(json.dumps(found) + "\n")
    return int(bool(judge.problems))


if __name__ == "__main__":
    sys.exit(main())
