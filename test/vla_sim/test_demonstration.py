# SPDX-License-Identifier: Apache-2.0
"""Demonstrations: rows belong together, repeat with their seed, and an interrupted run goes on where it was."""

from pathlib import Path

import numpy as np
import pytest

from vla_sim import Simulation, SimulationConfig, SimulationError, Skill
from vla_sim.demonstration import DemonstrationConfig, record
from vla_sim.experts.measure import DEFAULT_SCENE
from vla_sim.generate import Progress, generate, shards_of
from vla_sim.generate.shards import Shard, write_shard
from vla_sim.rendering import SceneRenderer

CONFIG = DemonstrationConfig(scene=DEFAULT_SCENE, skills=(Skill.REACH, Skill.OPEN), image_size=32)


@pytest.fixture(scope="module", autouse=True)
def _rendering_works() -> None:
    try:
        SceneRenderer(Simulation().model, 8, 8).close()
    except SimulationError as error:
        pytest.skip(str(error))


def test_shard_has_one_row_per_picture_and_says_what_was_asked(tmp_path: Path) -> None:
    shard = Shard(tmp_path, range(4), ("arrays",))
    made, good = write_shard(CONFIG, shard)
    arrays = np.load(shard.arrays)
    rows = int(arrays["episode_rows"].sum())
    assert made == len(arrays["episode_text"]) == 4
    assert good == int(arrays["episode_success"].sum())
    per_row = [key for key in arrays.files if not key.startswith("episode_")]
    assert {len(arrays[key]) for key in per_row} == {rows}
    assert arrays["image_scene"].shape == (rows, 32, 32, 3)
    assert arrays["image_scene"].std() > 5.0


def test_same_seed_records_the_same_rows() -> None:
    simulation = Simulation(SimulationConfig(scene=DEFAULT_SCENE, image_height=32, image_width=32))
    first, second = record(simulation, CONFIG, 3), record(simulation, CONFIG, 3)
    assert first is not None
    assert second is not None
    np.testing.assert_array_equal(first.rows["tool_position"], second.rows["tool_position"])
    np.testing.assert_array_equal(first.images["wrist"], second.images["wrist"])


def test_generation_makes_only_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "shard_000000.npz").write_bytes(b"made before")
    told: list[Progress] = []
    shards = shards_of(tmp_path, 18, ("arrays",))
    progress = generate(CONFIG, shards, 1, told.append)
    assert progress.made == 2
    assert [each.done for each in told] == [1]
    assert (tmp_path / "shard_000000.npz").read_bytes() == b"made before"
    assert not list(tmp_path.glob("*.partial.npz"))
    assert all(shard.is_done for shard in shards)
    assert generate(CONFIG, shards, 1).made == 0


def test_stopped_shard_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    shard = Shard(tmp_path, range(2))
    left_over = tmp_path / "bags" / "shard_000000.partial" / "episode_000000"
    left_over.mkdir(parents=True)
    assert not shard.is_done
    write_shard(CONFIG, shard)
    assert shard.is_done
    assert sorted(path.name for path in shard.bags.iterdir()) == ["episode_000000", "episode_000001"]
    assert not left_over.parent.exists()
