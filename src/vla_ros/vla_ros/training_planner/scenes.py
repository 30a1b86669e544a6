# SPDX-License-Identifier: Apache-2.0
"""Pictures of drawn scenes with what is in them and where it appears. No language, no learning.

Left and right are the robot's own, as in "left bin"; the scene camera looks at the robot, so they are mirrored in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vla_ros.training_planner.visibility import shown_share
from vla_sim.projection import project
from vla_sim.scene.config import SceneConfig, load_scene
from vla_sim.scene.layout import SceneLayout
from vla_sim.scene.model import BIN_HALF_M
from vla_sim.scene.palette import Shape
from vla_sim.simulation import Simulation, SimulationConfig

__all__ = ["IMAGE_SIZE", "SceneFacts", "Seen", "draw_scenes", "load_facts", "load_images"]

IMAGE_SIZE = 224  # as in the robot contract
TABLE = "table"
_SHARES = (("tabletop", 0.5), ("pick_and_place", 0.2), ("randomised", 0.3))
_ARM_NOISE_RAD = (0.4, 0.2, 0.2, 0.25, 0.2, 0.25, 0.4)
_SHOWN = 0.4  # of less than this nobody can tell the shape
_DARTS = 8  # tries for a free place in a bin

_Goal = tuple[str, tuple[float, float], float]


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing or zone in a picture.

    Attributes:
        label: Colour and shape, or colour and "zone".
        u: Share of the width at which its middle appears; ``v``: of the height.
        place: What it lies on.
        shown: Share of it that nothing hides.
    """

    label: str
    u: float
    v: float
    place: str = TABLE
    shown: float = 1.0

    @property
    def is_visible(self) -> bool:
        """Whether it is inside the picture and enough of it is shown."""
        return 0.0 <= self.u < 1.0 and 0.0 <= self.v < 1.0 and self.shown >= _SHOWN


@dataclass(frozen=True, slots=True)
class SceneFacts:
    """Everything that can be asked about one picture."""

    things: tuple[Seen, ...]
    zones: tuple[Seen, ...]

    def thing(self, label: str) -> Seen | None:
        """Return the thing called ``label``, None where there is none."""
        return next((item for item in self.things if item.label == label), None)


def draw_scenes(
    folder: Path, config_folder: Path, count: int, seed: int, report: Callable[[int], None]
) -> Iterator[SceneFacts]:
    """Render ``count`` scenes into ``folder/images.npy``, write ``facts.jsonl`` beside it, and yield the facts.

    A run that was interrupted goes on where it ended: every scene is drawn from the seed and its own number.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, shape = folder / "images.npy", (count, IMAGE_SIZE, IMAGE_SIZE, 3)
    done = len(load_facts(folder)) if path.exists() else 0
    kept = {"mode": "r+"} if done else {"mode": "w+", "dtype": np.uint8, "shape": shape}
    images = np.lib.format.open_memmap(path, **kept)
    scenes = [load_scene(config_folder / f"{name}.yaml") for name, _ in _SHARES]
    simulations = [_simulation(scene) for scene in scenes]
    with (folder / "facts.jsonl").open("a" if done else "w", encoding="utf-8") as lines:
        for index in range(done, len(images)):
            rng = np.random.default_rng([seed, index])
            simulation = simulations[int(rng.choice(len(_SHARES), p=[share for _, share in _SHARES]))]
            facts = _draw(simulation, rng)
            images[index] = simulation.render("scene")
            lines.write(json.dumps(asdict(facts)) + "\n")
            lines.flush()
            report(index + 1)
            yield facts
    for simulation in simulations:
        simulation.close()


def load_images(folder: Path) -> npt.NDArray[np.uint8]:
    """Return ``(N, H, W, 3)`` pictures, mapped from the file."""
    return np.load(folder / "images.npy", mmap_mode="r")


def load_facts(folder: Path) -> list[SceneFacts]:
    """Return what is in each picture."""
    lines = (folder / "facts.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        SceneFacts(tuple(Seen(**item) for item in data["things"]), tuple(Seen(**item) for item in data["zones"]))
        for data in map(json.loads, lines)
    ]


def _simulation(scene: SceneConfig) -> Simulation:
    return Simulation(SimulationConfig(scene=scene, image_height=IMAGE_SIZE, image_width=IMAGE_SIZE))


def _draw(simulation: Simulation, rng: np.random.Generator) -> SceneFacts:
    seed = int(rng.integers(2**31))
    layout = simulation.reset(seed)
    if rng.uniform() < 0.5:
        noise = rng.normal(0.0, _ARM_NOISE_RAD)
        layout = replace(layout, home_rad=tuple((np.asarray(layout.home_rad) + noise).tolist()))
        simulation.reset(seed, layout)
    places = {thing.name: TABLE for thing in layout.objects}
    for _ in range(int(rng.integers(0, 3))):
        _relocate(simulation, layout, places, rng)
    return _facts(simulation, layout, places)


def _relocate(simulation: Simulation, layout: SceneLayout, places: dict[str, str], rng: np.random.Generator) -> None:
    """Put one thing into a bin, on a zone or on another thing, where it has not been moved and nothing lies on it."""
    free = [i for i, t in enumerate(layout.objects) if not t.distractor and places[t.name] == TABLE]
    free = [i for i in free if layout.objects[i].name not in places.values()]
    if not free:
        return
    index = free[int(rng.integers(len(free)))]
    thing = layout.objects[index]
    goals = _goals(simulation, layout, places, index, rng)
    if thing.shape is not Shape.BALL:
        lower = [t for i, t in enumerate(layout.objects) if i in free and i != index and t.shape is not Shape.BALL]
        goals += [(t.name, _near(t.position_m[:2], 0.3 * min(t.half_size_m), rng), 2 * t.half_size_m[2]) for t in lower]
    if not goals:
        return
    place, (x, y), height = goals[int(rng.integers(len(goals)))]
    simulation.truth.move_object(index, np.array([x, y, height + thing.half_size_m[2]]))
    places[thing.name] = place


def _goals(
    simulation: Simulation, layout: SceneLayout, places: dict[str, str], index: int, rng: np.random.Generator
) -> list[_Goal]:
    """Return a free place in each bin and on each zone: what it is called, where [m], and its height [m]."""
    thing, goals = layout.objects[index], []
    others = np.array([simulation.truth.object_state(i).position[:2] for i in range(len(layout.objects)) if i != index])
    apart = [thing.radius_m + other.radius_m for i, other in enumerate(layout.objects) if i != index]
    for side, centre in layout.bins_m:
        room = np.maximum(np.asarray(BIN_HALF_M) - thing.radius_m - 0.005, 0.0)
        darts = np.asarray(centre) + rng.uniform(-room, room, (_DARTS, 2))
        distances = np.linalg.norm(darts[:, None] - others[None], axis=-1) if len(others) else np.ones((_DARTS, 1))
        fits = (distances > np.asarray(apart or [0.0])).all(axis=1)
        if fits.any():
            x, y = darts[int(np.argmax(fits))]
            goals.append((f"{side} bin", (float(x), float(y)), 0.004))
    for zone in layout.zones:
        if zone.name not in places.values():
            goals.append((zone.name, _near(zone.position_m, 0.7 * zone.half_size_m, rng), 0.0))
    return goals


def _near(centre: Sequence[float], spread_m: float, rng: np.random.Generator) -> tuple[float, float]:
    x, y = np.asarray(centre) + rng.uniform(-spread_m, spread_m, 2)
    return float(x), float(y)


def _facts(simulation: Simulation, layout: SceneLayout, places: dict[str, str]) -> SceneFacts:
    named = [(i, thing.name) for i, thing in enumerate(layout.objects) if not thing.distractor]
    points = np.array([simulation.truth.object_state(i).position for i, _ in named]).reshape(-1, 3)
    zones = np.array([[*zone.position_m, 0.0] for zone in layout.zones]).reshape(-1, 3)
    shares, _ = project(simulation.model, simulation.data, "scene", np.concatenate([points, zones]))
    halves = [min(layout.objects[i].half_size_m) for i, _ in named] + [zone.half_size_m for zone in layout.zones]
    shown = [
        shown_share(simulation.model, simulation.data, "scene", point, half)
        for point, half in zip(np.concatenate([points, zones]), halves, strict=True)
    ]
    labels = [name for _, name in named] + [zone.name for zone in layout.zones]
    everything = [
        Seen(label, float(u), float(v), places.get(label, TABLE), share)
        for label, (u, v), share in zip(labels, shares, shown, strict=True)
    ]
    return SceneFacts(tuple(everything[: len(named)]), tuple(everything[len(named) :]))
