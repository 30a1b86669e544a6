# SPDX-License-Identifier: Apache-2.0
"""The training loop: resumable, averaged weights, a log line per validation, curves as a picture.

Its length is a wall-clock budget: the learning rate follows a cosine over the share of the budget that is used up, so
that a slower machine ends as cleanly as a fast one.
"""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vla_ros.errors import VlaError
from vla_ros.policy.flow.model import FlowPolicyNetwork
from vla_ros.policy.flow.processing import Scaling
from vla_ros.training.batches import augmented, to_tensors
from vla_ros.training.config import RELABEL_WEIGHTS, LossConfig, OptimiserConfig
from vla_ros.training.curves import draw_curves
from vla_ros.training.dataset import Batch, Dataset, join
from vla_ros.training.losses import Losses, losses
from vla_ros.training.progress import Progress
from vla_ros.training.records import NETWORK
from vla_ros.training.scaling import measure_scaling
from vla_ros.training.sentences import training_vocabulary
from vla_ros.training.validation import held_out_batch, validate
from vla_sim.tasks.task import Skill

__all__ = ["TrainConfig", "Trainer", "load_state", "pick_device"]

# A kind of which there is little yet is not repeated more often than this, compared with all frames being alike.
OVERSAMPLING = 6.0
POLL_EVERY, LOG_EVERY, SAVE_EVERY_S = 10, 200, 240.0


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """One training run.

    Attributes:
        folder: Holds ``demonstrations/``, ``snapshots/``, ``corrections/`` and, afterwards, ``training/<name>/``.
        name: Of the run.
        budget_s: Wall-clock length.
        iterations: Length in iterations instead, the same on any machine; 0: by time.
        start: Name of the run whose weights it starts from; empty: from random ones.
        snapshots, corrections: Shares of every batch that come from ``snapshots/`` and ``corrections/``, once there
            is something in these.
        weights: Share of each skill among the tasks that a frame is labelled for beside its own.
        device: ``cpu``, ``cuda`` or ``auto``.
    """

    folder: Path
    name: str = "base"
    budget_s: float = 3600.0
    iterations: int = 0
    start: str = ""
    snapshots: float = 0.5
    corrections: float = 0.0
    device: str = "auto"
    weights: Mapping[Skill, float] = field(default_factory=lambda: dict(RELABEL_WEIGHTS))
    seed: int = 0
    validation_images: int = 384
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    loss: LossConfig = field(default_factory=LossConfig)

    @property
    def run_folder(self) -> Path:
        """Where state, log and curves are written."""
        return self.folder / "training" / self.name


def pick_device(name: str) -> str:
    """Return ``cuda`` for ``auto`` where there is one, else ``cpu``."""
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return name


def load_state(path: Path) -> dict[str, Any]:
    """Read a training state.

    Raises:
        VlaError: there is none.
    """
    if not path.is_file():
        raise VlaError(f"there is no training state {path}; run `train` first")
    return dict(torch.load(path, map_location="cpu", weights_only=True))


class Trainer:
    """One run from its beginning, or from where it was interrupted."""

    def __init__(self, config: TrainConfig) -> None:
        """Label what is recorded, and restore the state where there is one."""
        self.config, self.device = config, pick_device(config.device)
        torch.manual_seed(config.seed)
        self.vocabulary = training_vocabulary()
        self.data = _Data(config)
        self.network = FlowPolicyNetwork(NETWORK).to(self.device)
        self.average = copy.deepcopy(self.network)
        self.scaling = self._restore_weights()
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(),
            config.optimiser.learning_rate,
            (0.9, 0.98),
            weight_decay=config.optimiser.weight_decay,
        )
        self.iteration, self.elapsed_s = 0, 0.0
        self._restore_progress()

    def run(self) -> Path:
        """Train until the budget is spent; return the path of the state."""
        progress = Progress(f"training {self.config.name}", 1.0, done=self.share)
        held_out = held_out_batch(self.data.held_out, self.vocabulary, self.config.validation_images)
        rng = np.random.default_rng([self.config.seed, self.iteration])
        last, saved_s, terms = time.monotonic(), self.elapsed_s, []
        while self.share < 1.0:
            terms.append(self._step(self.data.batch(self.config, self.vocabulary, rng)))
            now = time.monotonic()
            self.elapsed_s, last = self.elapsed_s + now - last, now
            if self.iteration % POLL_EVERY == 0:
                self.data.poll()
            if self.iteration % LOG_EVERY == 0:
                self._log(progress, terms, held_out)
                terms = []
            if self.elapsed_s - saved_s > SAVE_EVERY_S:
                saved_s = self.elapsed_s
                self.save()
        self._log(progress, terms, held_out)
        return self.save()

    @property
    def share(self) -> float:
        """How much of the run is done, 0..1."""
        if self.config.iterations:
            return min(self.iteration / self.config.iterations, 1.0)
        return min(self.elapsed_s / self.config.budget_s, 1.0)

    def save(self) -> Path:
        """Write the state and the curves; an interruption never leaves half a file."""
        folder = self.config.run_folder
        folder.mkdir(parents=True, exist_ok=True)
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "scaling": {name: torch.from_numpy(getattr(self.scaling, name)) for name in Scaling.__slots__},
            "iteration": self.iteration,
            "elapsed_s": self.elapsed_s,
        }
        torch.save(state, folder / "state.part")
        (folder / "state.part").rename(folder / "state.pt")
        if (folder / "log.jsonl").is_file():
            draw_curves(folder / "log.jsonl", folder / "curves.png")
        return folder / "state.pt"

    def _restore_weights(self) -> Scaling:
        own, start = self.config.run_folder / "state.pt", self.config.start
        source = own if own.is_file() else self.config.folder / "training" / start / "state.pt" if start else None
        if source is None:
            return measure_scaling(self.data.demonstrations.shards)
        state = load_state(source)
        self.network.load_state_dict(state["network" if source == own else "average"])
        self.average.load_state_dict(state["average"])
        return Scaling(**{name: tensor.numpy() for name, tensor in state["scaling"].items()})

    def _restore_progress(self) -> None:
        path = self.config.run_folder / "state.pt"
        if path.is_file():
            state = load_state(path)
            self.optimiser.load_state_dict(state["optimiser"])
            self.iteration, self.elapsed_s = int(state["iteration"]), float(state["elapsed_s"])

    def _step(self, batch: Batch) -> Losses:
        for group in self.optimiser.param_groups:
            group["lr"] = self._learning_rate()
        inputs, targets = to_tensors(batch, self.scaling, self.device)
        terms = losses(self.network, augmented(inputs), targets, self.config.loss)
        self.optimiser.zero_grad(set_to_none=True)
        terms.total.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.config.optimiser.clip)
        self.optimiser.step()
        self.iteration += 1
        # The average of a young run would be its random start: the decay grows with the iterations.
        decay = min(self.config.optimiser.ema, (1 + self.iteration) / (10 + self.iteration))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), list(self.network.parameters()), 1.0 - decay)
        return Losses(terms.flow.detach(), terms.grounding.detach(), terms.auxiliary.detach(), terms.total.detach())

    def _learning_rate(self) -> float:
        optimiser = self.config.optimiser
        cosine = optimiser.final_share + (1.0 - optimiser.final_share) * 0.5 * (1.0 + math.cos(math.pi * self.share))
        return optimiser.learning_rate * cosine * min(1.0, (self.iteration + 1) / optimiser.warm_up)

    def _log(self, progress: Progress, terms: list[Losses], held_out: Batch) -> None:
        if not terms:
            return
        means = {name: float(torch.stack([getattr(t, name) for t in terms]).mean()) for name in Losses.__annotations__}
        errors = validate(self.average, held_out, self.scaling, self.device)
        entry = {"iteration": self.iteration, "elapsed_s": round(self.elapsed_s, 1), "frames": len(self.data), **means}
        self.config.run_folder.mkdir(parents=True, exist_ok=True)
        with (self.config.run_folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps({**entry, **errors}) + "\n")
        note = f"it {self.iteration} flow {means['flow']:.3f} grounding {means['grounding']:.2f}"
        note += f" chunk {errors['chunk_mm']:.1f} mm, wrong object {100 * errors['object_wrong']:.1f} %"
        progress.show(self.share, note)


class _Data:
    """Demonstrations, corrections and held-out frames of a run."""

    def __init__(self, config: TrainConfig) -> None:
        weights = config.weights
        self.demonstrations = Dataset(config.folder / "demonstrations", validation=False, weights=weights)
        kinds = (config.folder / "demonstrations", config.folder / "snapshots")
        self.held_out = [data for folder in kinds if len(data := Dataset(folder, validation=True, weights=weights))]
        self._shares = {"snapshots": config.snapshots, "corrections": config.corrections}
        self._others = {name: Dataset(config.folder / name, validation=False, weights=weights) for name in self._shares}
        if not len(self.demonstrations) or not self.held_out:
            raise VlaError(f"{config.folder / 'demonstrations'} holds too few demonstrations; run `generate` first")

    def __len__(self) -> int:
        return len(self.demonstrations) + sum(len(dataset) for dataset in self._others.values())

    def poll(self) -> None:
        """Label one new shard of each kind, so that the loop never pauses for long."""
        self.demonstrations.poll(1)
        for dataset in self._others.values():
            dataset.poll(1)

    def batch(self, config: TrainConfig, vocabulary: Any, rng: np.random.Generator) -> Batch:
        """Return a batch with the shares that the run asks for, where there is something to take them from."""
        images, parts = config.optimiser.images, []
        for name, dataset in self._others.items():
            share = min(self._shares[name], OVERSAMPLING * len(dataset) / len(self))
            count = round(images * share)
            if count:
                parts.append(dataset.batch(count, vocabulary, rng))
        taken = sum(len(part.images) for part in parts)
        return join([self.demonstrations.batch(images - taken, vocabulary, rng), *parts])
