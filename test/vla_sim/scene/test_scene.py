# SPDX-License-Identifier: Apache-2.0
"""Scene files are strict, draws repeat, and what was drawn is what stands on the table."""

from pathlib import Path

import numpy as np
import pytest

from vla_sim import SceneError, Simulation, SimulationConfig, load_scene
from vla_sim.scene.palette import COLOURS, HUES
from vla_sim.scene.sample import sample_layout, shade_of

SCENES = sorted((Path(__file__).parents[3] / "config" / "scenes").glob("*.yaml"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("objcts: {}", "did you mean 'objects'?"),
        ("objects: {colurs: [red]}", "did you mean 'colours'?"),
        ("objects: {colours: [rde]}", "did you mean 'red'?"),
        ("objects: {count: [4, 2]}", "count must be ordered"),
        ("objects: {count: [1, 2, 3]}", "expected 2 values"),
        ("look: {brightness: bright}", "expected a list"),
        ("arm: 3", "expected a mapping"),
        ("- a", "expected a mapping"),
    ],
)
def test_wrong_scene_file_is_refused_with_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "scene.yaml"
    path.write_text(text)
    with pytest.raises(SceneError) as refused:
        load_scene(path)
    assert sentence in str(refused.value)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
def test_shipped_scene_draws_repeat_and_keep_objects_apart(path: Path) -> None:
    config = load_scene(path)
    for seed in range(20):
        layout = sample_layout(config, np.random.default_rng(seed))
        assert layout == sample_layout(config, np.random.default_rng(seed))
        names = [thing.name for thing in layout.objects if not thing.distractor]
        assert len(set(names)) == len(names)
        for index, thing in enumerate(layout.objects):
            for other in layout.objects[:index]:
                gap = np.linalg.norm(np.subtract(thing.position_m, other.position_m)[:2])
                assert gap >= thing.radius_m + other.radius_m


@pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
def test_objects_rest_where_they_were_drawn(path: Path) -> None:
    simulation = Simulation(SimulationConfig(scene=load_scene(path)), 3)
    simulation.advance(500)
    for drawn, now in zip(simulation.layout.objects, simulation.truth.objects(), strict=True):
        np.testing.assert_allclose(now.position, drawn.position_m, atol=1.5e-3)


def test_shades_of_a_colour_stay_nearer_to_its_hue_than_to_another() -> None:
    import colorsys

    rng = np.random.default_rng(0)
    for colour in COLOURS:
        for _ in range(50):
            hue = colorsys.rgb_to_hsv(*shade_of(colour, 1.0, rng)[:3])[0]
            distances = {name: min(abs(hue - h), 1 - abs(hue - h)) for name, h in HUES.items()}
            assert min(distances, key=distances.__getitem__) == colour
