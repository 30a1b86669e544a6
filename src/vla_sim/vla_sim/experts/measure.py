# SPDX-License-Identifier: Apache-2.0
"""One measured expert run from a seed. The command line is in `__main__.py`."""

from dataclasses import dataclass

import numpy as np

from vla_sim.errors import SceneError
from vla_sim.experts.episode import run_expert
from vla_sim.scene.config import ObjectsConfig, SceneConfig, TargetsConfig
from vla_sim.simulation import Simulation, SimulationConfig
from vla_sim.tasks.sample import sample_task
from vla_sim.tasks.task import Skill

DEFAULT_SCENE = SceneConfig(objects=ObjectsConfig(count=(2, 5)), targets=TargetsConfig(zones=(1, 2)))
MAX_REDRAWS = 40  # scenes that do not allow the skill are drawn again


@dataclass(frozen=True, slots=True)
class Attempt:
    """One expert run."""

    seed: int
    text: str
    success: bool
    duration_s: float
    reflex: str


_simulations: dict[SceneConfig, Simulation] = {}


def attempt(scene: SceneConfig, skill: Skill, seed: int) -> Attempt:
    """Run the expert of ``skill`` in the first scene after ``seed`` that allows it."""
    if scene not in _simulations:
        _simulations[scene] = Simulation(SimulationConfig(scene=scene), seed)
    simulation = _simulations[scene]
    for redraw in range(MAX_REDRAWS):
        draw = seed + redraw * 1_000_003
        layout = simulation.reset(draw)
        task = sample_task(layout, np.random.default_rng([draw, 1]), [skill])
        if task is not None:
            break
    else:
        raise SceneError(f"no scene of {MAX_REDRAWS} allows {skill.value!r}")
    simulation.reset(draw, layout, task.start_width_m)
    outcome = run_expert(simulation, task)
    return Attempt(seed, task.text, outcome.success, outcome.duration_s, outcome.reflex.value)


def attempt_tuple(arguments: tuple[SceneConfig, Skill, int]) -> Attempt:
    """Run `attempt` from one picklable argument."""
    return attempt(*arguments)
