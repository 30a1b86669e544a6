# SPDX-License-Identifier: Apache-2.0
"""Makes a picture of a scene file, or an expert's film strip in it: `python -m vla_sim.render scene.yaml out.png`."""

import argparse
import sys
from pathlib import Path

import numpy as np

from vla_sim.errors import SimulationError
from vla_sim.experts.episode import run_expert
from vla_sim.pictures import strip, write_png
from vla_sim.rendering import Image
from vla_sim.scene.config import load_scene
from vla_sim.simulation import Simulation, SimulationConfig
from vla_sim.tasks.sample import sample_task
from vla_sim.tasks.task import Skill

CAMERAS = ("scene", "wrist")


def scene_picture(simulation: Simulation) -> Image:
    """Return both cameras side by side."""
    return strip([simulation.render(camera) for camera in CAMERAS], columns=2)


def film_strip(simulation: Simulation, skill: Skill, seed: int, columns: int) -> tuple[Image, str]:
    """Return ``columns`` moments of an expert's episode, scene camera above wrist camera, and what was asked.

    Raises:
        SimulationError: The scene does not allow the skill.
    """
    layout = simulation.reset(seed)
    task = sample_task(layout, np.random.default_rng([seed, 1]), [skill])
    if task is None:
        raise SimulationError(f"the scene of seed {seed} does not allow {skill.value!r}; try another --seed")
    simulation.reset(seed, layout, task.start_width_m)
    pairs: list[tuple[Image, Image]] = []
    run_expert(simulation, task, lambda time_s: _record(simulation, pairs, time_s))
    chosen = np.linspace(0, len(pairs) - 1, columns).round().astype(int)
    rows = [pairs[index][0] for index in chosen] + [pairs[index][1] for index in chosen]
    return strip(rows, columns), task.text


def _record(simulation: Simulation, pairs: list[tuple[Image, Image]], time_s: float) -> None:
    if round(time_s * 50) % 5 == 0:  # 10 Hz of the 50 Hz control periods
        pairs.append((simulation.render(CAMERAS[0]), simulation.render(CAMERAS[1])))


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m vla_sim.render", description=__doc__.splitlines()[0])
    parser.add_argument("scene", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, nargs=2, default=(480, 640), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--film", choices=[skill.value for skill in Skill], help="film strip of this skill's expert")
    parser.add_argument("--columns", type=int, default=8, help="pictures of a film strip")
    arguments = parser.parse_args()
    try:
        height, width = arguments.size
        config = SimulationConfig(scene=load_scene(arguments.scene), image_height=height, image_width=width)
        simulation = Simulation(config, arguments.seed)
        if arguments.film:
            picture, text = film_strip(simulation, Skill(arguments.film), arguments.seed, arguments.columns)
        else:
            picture, text = scene_picture(simulation), arguments.scene.stem
        write_png(arguments.out, picture)
    except SimulationError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    print(f"{arguments.out}: {text}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
