# SPDX-License-Identifier: Apache-2.0
"""Colours are told apart in a picture of 128 x 128: each object's pixels are nearest to the hue of its name."""

import colorsys
from pathlib import Path

import numpy as np
import pytest

from vla_sim import Simulation, SimulationConfig, SimulationError, load_scene
from vla_sim.projection import project
from vla_sim.scene.palette import HUES

SIZE = 128


def nearest_name(hue: float) -> str:
    return min(HUES, key=lambda name: min(abs(HUES[name] - hue), 1.0 - abs(HUES[name] - hue)))


@pytest.mark.parametrize("scene", ["pick_and_place", "tabletop", "randomised"])
def test_hue_in_the_picture_names_the_colour(scene: str) -> None:
    config = SimulationConfig(load_scene(Path("config/scenes") / f"{scene}.yaml"), image_height=SIZE, image_width=SIZE)
    simulation = Simulation(config)
    seen = 0
    for seed in range(8):
        layout = simulation.reset(seed)
        try:
            picture = simulation.render("scene")
        except SimulationError as error:
            pytest.skip(str(error))
        centres = np.stack([thing.position for thing in simulation.truth.objects()])
        shares, inside = project(simulation.model, simulation.data, "scene", centres)
        for thing, (x, y) in zip(layout.objects, np.clip(shares * SIZE, 1, SIZE - 2).astype(int), strict=True):
            if thing.colour in HUES:
                around = picture[y - 1 : y + 2, x - 1 : x + 2].reshape(-1, 3)
                hue = colorsys.rgb_to_hsv(*np.median(around, axis=0) / 255.0)[0]
                assert nearest_name(hue) == thing.colour, f"seed {seed}: {thing.name}"
                seen += 1
        assert inside.all()
    simulation.close()
    assert seen >= 16
