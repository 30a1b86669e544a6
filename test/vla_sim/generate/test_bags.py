# SPDX-License-Identifier: Apache-2.0
"""A demonstration's bag holds what its arrays hold, and the suite reads it as it reads a recording of a live graph."""

import re
from pathlib import Path

import numpy as np
import pytest

from vla_ros.contract import Contract, load_contract
from vla_ros.dataset.config import ExportConfig
from vla_ros.dataset.export import export_bags
from vla_ros.dataset.reader import DatasetReader
from vla_ros.ingest.bag_source import bag_observations
from vla_ros.recording.bag_reader import BagReader
from vla_ros.recording.facts import read_facts
from vla_sim import Simulation, SimulationError, Skill
from vla_sim.demonstration import DemonstrationConfig
from vla_sim.experts.measure import DEFAULT_SCENE
from vla_sim.generate.shards import Shard, write_shard
from vla_sim.rendering import SceneRenderer

CONFIG = DemonstrationConfig(scene=DEFAULT_SCENE, skills=(Skill.REACH, Skill.CLOSE), image_size=64, disturbance=0.15)
SEEDS = range(5, 8)
CONTRACT = Path("config/robots/franka.yaml")


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract(re.sub(r"width: 224, height: 224", "width: 64, height: 64", CONTRACT.read_text()))


@pytest.fixture(scope="module")
def shard(tmp_path_factory: pytest.TempPathFactory) -> Shard:
    try:
        SceneRenderer(Simulation().model, 8, 8).close()
    except SimulationError as error:
        pytest.skip(str(error))
    shard = Shard(tmp_path_factory.mktemp("demonstrations"), SEEDS)
    assert write_shard(CONFIG, shard)[0] == len(SEEDS)
    return shard


def bags(shard: Shard) -> list[Path]:
    return sorted(shard.bags.iterdir())


def rows_of(arrays: dict[str, np.ndarray], key: str, episode: int) -> np.ndarray:
    ends = np.cumsum(arrays["episode_rows"])
    return arrays[key][ends[episode] - arrays["episode_rows"][episode] : ends[episode]]


@pytest.fixture(scope="module")
def arrays(shard: Shard) -> dict[str, np.ndarray]:
    with np.load(shard.arrays) as found:
        return dict(found)


def test_observations_of_the_bag_are_the_rows_of_the_arrays(
    shard: Shard, contract: Contract, arrays: dict[str, np.ndarray]
) -> None:
    joints = tuple(f"fr3_joint{index}.position" for index in range(1, 8))
    for episode, bag in enumerate(bags(shard)):
        seen = list(bag_observations(bag, contract))
        positions = np.array([observation.values(joints) for observation in seen])
        np.testing.assert_array_equal(positions, rows_of(arrays, "joint_position", episode))
        for camera in ("scene", "wrist"):
            pictures = np.stack([observation.images[f"image.{camera}"] for observation in seen])
            np.testing.assert_array_equal(pictures, rows_of(arrays, f"image_{camera}", episode))


def test_bag_says_what_was_asked_and_how_it_ended(
    shard: Shard, contract: Contract, arrays: dict[str, np.ndarray]
) -> None:
    for episode, bag in enumerate(bags(shard)):
        with BagReader(bag) as reader:
            facts = read_facts(reader, contract)
        assert [text for _, text in facts.instructions] == [arrays["episode_text"][episode]]
        assert facts.outcome == ("success" if arrays["episode_success"][episode] else "failure")
        assert facts.custom["skill"] == arrays["episode_skill"][episode]


def test_references_of_the_bag_are_where_the_arm_is_when_they_are_due(shard: Shard, contract: Contract) -> None:
    for bag in bags(shard):
        with BagReader(bag) as reader:
            facts = read_facts(reader, contract)
            measured = [
                (raw.receive_ns, np.array(reader.deserialise(raw).position[:7]))
                for raw in reader.messages(["/joint_states"])
            ]
        track = facts.actions(contract)
        assert track is not None
        assert track.source == "reference"
        rows, _, covered = track.at(np.array([at_ns for at_ns, _ in measured]))
        assert covered.all()
        np.testing.assert_allclose(rows, np.array([row for _, row in measured]), atol=2e-3)
        assert len(facts.commands) == len(facts.references)


def test_disturbed_commands_are_marked_as_interventions(shard: Shard, contract: Contract) -> None:
    sources, marked = set(), 0
    for bag in bags(shard):
        with BagReader(bag) as reader:
            facts = read_facts(reader, contract)
        sources |= {chunk.provenance.source for _, chunk in facts.references}
        marked += len(facts.interventions)
    assert sources == {"policy", "disturbance"}
    assert marked > 0


def test_bags_become_a_dataset(shard: Shard, contract: Contract, arrays: dict[str, np.ndarray], tmp_path: Path) -> None:
    config = ExportConfig(outcomes=("success",), shortest_s=0.2)
    report = export_bags(bags(shard), tmp_path / "dataset", contract, config)
    good = np.flatnonzero(arrays["episode_success"])
    assert report.episodes == len(good) > 0
    dataset = DatasetReader(tmp_path / "dataset")
    for index, episode in enumerate(good):
        exported = dataset.episode(index)
        assert set(exported.tasks) == {arrays["episode_text"][episode]}
        rows = rows_of(arrays, "joint_position", int(episode))
        np.testing.assert_allclose(exported.columns["observation.state"][:, :7], rows, atol=1e-6)
        np.testing.assert_allclose(exported.columns["action"][:, :7], rows, atol=2e-3)


def test_same_seed_writes_the_same_bytes(shard: Shard, tmp_path: Path) -> None:
    again = Shard(tmp_path, SEEDS[:1], ("bags",))
    write_shard(CONFIG, again)
    first, second = bags(shard)[0], bags(again)[0]
    with BagReader(first) as one, BagReader(second) as other:
        assert list(one.messages(one.topics)) == list(other.messages(other.topics))
    assert not again.arrays.exists()
