# SPDX-License-Identifier: Apache-2.0
"""The projection points at the pixel where the renderer draws the object."""

from pathlib import Path

import numpy as np
import pytest

from vla_sim import Simulation, SimulationConfig, SimulationError, load_scene
from vla_sim.projection import project

SCENE = Path(__file__).parents[2] / "config" / "scenes" / "pick_and_place.yaml"
SIZE = 128


@pytest.mark.parametrize("seed", range(5))
def test_projected_cube_is_where_its_colour_is(seed: int) -> None:
    simulation = Simulation(SimulationConfig(scene=load_scene(SCENE), image_height=SIZE, image_width=SIZE), seed)
    try:
        picture = simulation.render("scene").astype(float)
    except SimulationError as error:
        pytest.skip(str(error))
    channels = {"red": 0, "green": 1, "blue": 2}
    for drawn, now in zip(simulation.layout.objects, simulation.truth.objects(), strict=True):
        channel = channels[drawn.colour]
        others = np.delete(picture, channel, axis=2).max(axis=2)
        rows, columns = np.nonzero(picture[..., channel] > 2.0 * others + 20.0)
        shares, inside = project(simulation.model, simulation.data, "scene", now.position[None])
        assert inside[0]
        np.testing.assert_allclose(shares[0] * SIZE, [columns.mean() + 0.5, rows.mean() + 0.5], atol=1.5)


def test_point_behind_the_camera_is_outside() -> None:
    simulation = Simulation()
    _, inside = project(simulation.model, simulation.data, "scene", np.array([[3.0, 0.0, 1.0]]))
    assert not inside[0]
