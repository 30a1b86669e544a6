# SPDX-License-Identifier: Apache-2.0
"""A shard of demonstrations as files: arrays in one `.npz`, bags in one folder, each there only when it is whole."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vla_sim.demonstration import DemonstrationConfig, Episode, NoSink, Sink, record
from vla_sim.errors import SimulationError
from vla_sim.generate.bag import BagSettings, EpisodeBag
from vla_sim.generate.message_types import message_types
from vla_sim.scene.layout import SceneLayout
from vla_sim.simulation import Simulation, SimulationConfig
from vla_sim.tasks.task import Skill, Task
from vla_sim.tool_servo import ToolServoConfig

__all__ = ["FORMATS", "Shard", "write_shard"]

ARRAYS, BAGS = FORMATS = ("arrays", "bags")


@dataclass(frozen=True, slots=True)
class Shard:
    """Some seeds and where their demonstrations go."""

    folder: Path
    seeds: range
    formats: tuple[str, ...] = FORMATS

    @property
    def arrays(self) -> Path:
        """The `.npz` with all episodes."""
        return self.folder / f"shard_{self.seeds.start:06d}.npz"

    @property
    def bags(self) -> Path:
        """The folder with one bag an episode."""
        return self.folder / BAGS / f"shard_{self.seeds.start:06d}"

    @property
    def is_done(self) -> bool:
        """Whether all that is wanted is there."""
        places = {ARRAYS: self.arrays, BAGS: self.bags}
        return all(places[name].exists() for name in self.formats)


def write_shard(config: DemonstrationConfig, shard: Shard) -> tuple[int, int]:
    """Record the seeds of ``shard``; return how many episodes it has and how many succeeded.

    Raises:
        SimulationError: No scene of the shard allows any of the skills, or a library for the files is not there.
    """
    size, seeds = config.image_size, shard.seeds
    bags = shard.bags.with_name(f"{shard.bags.name}.partial")
    shutil.rmtree(bags, ignore_errors=True)
    settings = BagSettings(message_types(), "fr3", ToolServoConfig().period_ns) if BAGS in shard.formats else None
    simulation = Simulation(SimulationConfig(scene=config.scene, image_height=size, image_width=size), seeds.start)
    sinks = {seed: _sink(settings, bags / f"episode_{seed:06d}") for seed in seeds}
    found = [record(simulation, config, seed, sinks[seed]) for seed in seeds]
    episodes = [episode for episode in found if episode is not None]
    simulation.close()
    if not episodes:
        raise SimulationError(f"no scene of the seeds {seeds.start} to {seeds.stop - 1} allows any of the skills")
    if BAGS in shard.formats:
        shutil.rmtree(shard.bags, ignore_errors=True)
        bags.rename(shard.bags)
    if ARRAYS in shard.formats:
        partial = shard.arrays.with_suffix(".partial.npz")
        np.savez(partial, **_arrays(episodes))  # type: ignore[arg-type]
        partial.rename(shard.arrays)
    return len(episodes), sum(episode.success for episode in episodes)


def _sink(settings: BagSettings | None, folder: Path) -> Callable[[SceneLayout, Task], Sink]:
    if settings is None:
        return lambda layout, task: NoSink()
    return lambda layout, task: EpisodeBag(folder, settings, task, dict(layout.cameras))


def _arrays(episodes: list[Episode]) -> dict[str, np.ndarray]:
    """Return rows of all episodes one after the other, and one entry per episode in ``episode_*``."""
    arrays = {
        "episode_rows": np.array([len(e.images["scene"]) for e in episodes]),
        "episode_seed": np.array([e.seed for e in episodes]),
        "episode_success": np.array([e.success for e in episodes]),
    }
    for name in ("skill", "text", "object_name", "target_name"):
        values = [getattr(e.task, name) for e in episodes]
        arrays[f"episode_{name}"] = np.array([v.value if isinstance(v, Skill) else v for v in values])
    for camera in ("scene", "wrist"):
        arrays[f"image_{camera}"] = np.stack([image for e in episodes for image in e.images[camera]])
    for key in episodes[0].rows:
        arrays[key] = np.stack([row for e in episodes for row in e.rows[key]])
    return arrays
