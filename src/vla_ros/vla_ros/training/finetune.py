# SPDX-License-Identifier: Apache-2.0
"""Fine-tunes a checkpoint of the default policy on recorded episodes; measures it on held-out ones before and after.

Everything of the network is trained at a low rate, on the terms that recordings have labels for. Frames of the
simulation can be mixed in, so that what they taught is not forgotten.
"""

from __future__ import annotations

import copy
import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file

from vla_ros.contract import load_contract
from vla_ros.dataset import DatasetReader
from vla_ros.errors import ConfigError, VlaError
from vla_ros.policy.checkpoint import Checkpoint, open_checkpoint
from vla_ros.policy.flow.assets import WEIGHTS_FILE, FlowAssets, read_assets
from vla_ros.policy.flow.model import FlowPolicyNetwork
from vla_ros.training.batches import augmented, to_tensors
from vla_ros.training.config import LossConfig
from vla_ros.training.dataset import Batch, Dataset, join
from vla_ros.training.export import write_checkpoint
from vla_ros.training.losses import losses
from vla_ros.training.recorded import RecordedFrames, read_recorded, vocabulary_with
from vla_ros.training.trainer import pick_device
from vla_ros.training.validation import validate

__all__ = ["FinetuneConfig", "FinetuneReport", "finetune"]

SHOWN = ("chunk_mm", "gripper_accuracy", "done_accuracy")  # errors that recordings have labels for
VALIDATION_FRAMES = 384
NOTE_EVERY = 50
DECAY = 0.99  # of the averaged weights that are written: over the last hundred iterations


@dataclass(frozen=True, slots=True)
class FinetuneConfig:
    """One fine-tuning.

    Attributes:
        dataset: Folder of a LeRobot dataset.
        checkpoint: Folder to start from.
        output: New folder of the checkpoint.
        contract: Path of the robot's contract.
        iterations: Steps of the optimiser.
        learning_rate: Peak; it follows a cosine down to zero.
        images: Frames of a batch.
        held_out: Share of the episodes that is kept for measuring, at least one.
        rehearsal: Folder with ``demonstrations/`` of the simulation; empty: none are mixed in.
        rehearsal_share: Share of a batch that is taken from there.
        seed: Of every random draw.
    """

    dataset: Path
    checkpoint: Path
    output: Path
    contract: Path
    iterations: int = 1000
    learning_rate: float = 1e-4
    images: int = 32
    held_out: float = 0.1
    rehearsal: str = ""
    rehearsal_share: float = 0.5
    device: str = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.iterations < 1 or self.images < 2 or self.learning_rate <= 0.0:
            raise ConfigError("iterations must be >= 1, images >= 2 and learning_rate > 0")
        if not 0.0 < self.held_out < 1.0 or not 0.0 <= self.rehearsal_share < 1.0:
            raise ConfigError("held_out must be within (0, 1) and rehearsal_share within [0, 1)")


@dataclass(frozen=True, slots=True)
class FinetuneReport:
    """Errors on held-out episodes before and after, by name, and how many frames were learned from."""

    frames: int
    held_out_episodes: int
    before: dict[str, float]
    after: dict[str, float]


def finetune(config: FinetuneConfig, say: Callable[[str], None]) -> FinetuneReport:
    """Train, write the checkpoint, return what was measured; ``say`` is told of the progress.

    Raises:
        VlaError: the dataset or the checkpoint does not fit the robot, or there are fewer than two episodes.
    """
    if config.output.exists():
        raise VlaError(f"'{config.output}' exists already; remove it or choose another folder")
    contract = load_contract(config.contract)
    checkpoint = open_checkpoint(config.checkpoint)
    checkpoint.require_robot(contract)
    dataset = DatasetReader(config.dataset)
    if len(dataset) < 2:
        raise VlaError(f"'{config.dataset}' has {len(dataset)} episode; to learn and to measure takes two")
    assets = _assets(checkpoint, dataset)
    with tempfile.TemporaryDirectory(dir=config.output.parent, prefix=".frames_") as folder:
        tuning = _Tuning(config, read_recorded(dataset, contract, assets, Path(folder)), assets)
        tuning.load(checkpoint)
        before = tuning.measure()
        say(f"before: {_told(before)}")
        tuning.run(say)
        after = tuning.measure()
        say(f"after: {_told(after)}")
    provenance = {
        "seed": config.seed,
        "finetuned_from": checkpoint.hash,
        "dataset": config.dataset.name,
        "iterations": config.iterations,
        "before": before,
        "after": after,
    }
    write_checkpoint(config.output, (tuning.average.cpu().eval(), assets), contract, provenance)
    return FinetuneReport(len(tuning.learned), len(set(tuning.frames.episodes[tuning.held_out])), before, after)


class _Tuning:
    """Network, frames and their split."""

    def __init__(self, config: FinetuneConfig, frames: RecordedFrames, assets: FlowAssets) -> None:
        self.config, self.frames, self.assets = config, frames, assets
        self.device = pick_device(config.device)
        self.rng = np.random.default_rng(config.seed)
        torch.manual_seed(config.seed)
        episodes = np.unique(frames.episodes)
        kept = self.rng.permutation(episodes)[: max(1, round(config.held_out * len(episodes)))]
        self.held_out = np.flatnonzero(np.isin(frames.episodes, kept))
        self.learned = np.flatnonzero(~np.isin(frames.episodes, kept))
        self.rehearsal = _rehearsal(config)
        self.network = FlowPolicyNetwork(assets.config)
        self.average = copy.deepcopy(self.network)

    def load(self, checkpoint: Checkpoint) -> None:
        """Take the weights of a checkpoint."""
        weights = load_file(checkpoint.file(WEIGHTS_FILE))
        self.network.load_state_dict(weights)
        self.average.load_state_dict(weights)
        self.network.to(self.device), self.average.to(self.device)

    def measure(self) -> dict[str, float]:
        """Return errors of the averaged network on the held-out episodes."""
        every = max(1, len(self.held_out) // VALIDATION_FRAMES)
        batch = self.frames.batch(self.held_out[::every])
        found = validate(self.average, batch, self.assets.scaling, self.device)
        return {name: found[name] for name in SHOWN}

    def run(self, say: Callable[[str], None]) -> None:
        """Take every step."""
        config = self.config
        optimiser = torch.optim.AdamW(self.network.parameters(), config.learning_rate, weight_decay=1e-3)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, self._share)
        for iteration in range(1, config.iterations + 1):
            inputs, targets = to_tensors(self._batch(), self.assets.scaling, self.device)
            terms = losses(self.network, augmented(inputs), targets, LossConfig())
            optimiser.zero_grad(set_to_none=True)
            terms.total.backward()
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            self._average(iteration)
            if iteration % NOTE_EVERY == 0:
                say(f"{iteration} of {config.iterations}: flow {float(terms.flow.detach()):.3f}")

    def _share(self, iteration: int) -> float:
        """Return the share of the learning rate: a short rise, then a cosine."""
        done = iteration / self.config.iterations
        return min(1.0, (iteration + 1) / 20) * 0.5 * (1.0 + math.cos(math.pi * done))

    def _average(self, iteration: int) -> None:
        decay = min(DECAY, (1 + iteration) / (10 + iteration))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), list(self.network.parameters()), 1.0 - decay)

    def _batch(self) -> Batch:
        images = self.config.images
        old = round(images * self.config.rehearsal_share) if self.rehearsal is not None else 0
        chosen: npt.NDArray[np.int64] = self.rng.choice(self.learned, images - old)
        batch = self.frames.batch(chosen)
        if self.rehearsal is None or old == 0:
            return batch
        return join([batch, self.rehearsal.batch(old, self.assets.vocabulary, self.rng)])


def _assets(checkpoint: Checkpoint, dataset: DatasetReader) -> FlowAssets:
    assets = read_assets(checkpoint)
    tasks = sorted({task for index in range(len(dataset)) for task in dataset.episode(index).tasks})
    return replace(assets, vocabulary=vocabulary_with(assets, tasks))


def _rehearsal(config: FinetuneConfig) -> Dataset | None:
    if not config.rehearsal:
        return None
    frames = Dataset(Path(config.rehearsal) / "demonstrations", validation=False)
    if not len(frames):
        raise VlaError(f"'{config.rehearsal}' holds no demonstrations of the simulation")
    return frames


def _told(figures: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in figures.items())
