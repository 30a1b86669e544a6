# SPDX-License-Identifier: Apache-2.0
"""The benchmark of retries: what is planted, the tree without retries, and how its figures are counted."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.retries import figures
from benchmarks.retries_support.episode import Episode, EpisodeJob, without_retries
from benchmarks.retries_support.glitch import Glitch
from benchmarks.retries_support.kept import KeptEpisodes
from vla_ros.evaluation.camera_roll import CameraRoll, Darkroom
from vla_ros.executor import load_tree_file
from vla_ros.training.conditions import CONDITIONS, prepare
from vla_sim.simulation import Simulation, SimulationConfig
from vla_sim.tasks.task import Skill

TREE = Path(__file__).parents[2] / "config" / "trees" / "default.yaml"


@pytest.fixture(scope="module")
def simulation():
    return Simulation(SimulationConfig())


def glitch_of(simulation, kind, seed=910_000):
    task, _ = prepare(simulation, CONDITIONS["nominal"], Skill.PLACE_IN_BIN, seed)
    roll = CameraRoll(simulation, Darkroom(simulation), {})
    roll.expose(1)
    return Glitch(kind, simulation, task.object_name, np.random.default_rng(seed), roll)


def shown(glitch):
    return next(thing.position_m for thing in glitch.truth(1).things if thing.name == glitch.name)


def place(glitch):
    index = glitch.simulation.layout.object_index(glitch.name)
    return np.array(glitch.simulation.truth.object_state(index).position)


@pytest.mark.parametrize("seed", range(910_000, 910_010))
def test_missed_grasp_shows_the_object_beside_where_it_is_in_the_first_run_alone(simulation, seed):
    glitch = glitch_of(simulation, "missed", seed)
    glitch.run = 1
    glitch.disturb(0.0)
    assert 0.08 <= np.linalg.norm(shown(glitch) - place(glitch)) <= 0.12
    glitch.run = 2
    np.testing.assert_array_equal(shown(glitch), place(glitch))
    assert glitch.happened


def test_moved_object_is_somewhere_else_and_the_first_run_does_not_see_it(simulation):
    glitch = glitch_of(simulation, "moved")
    before, glitch.run = place(glitch), 1
    glitch.disturb(0.1)
    np.testing.assert_array_equal(place(glitch), before)
    glitch.disturb(2.0)
    assert glitch.happened
    assert np.linalg.norm(place(glitch) - before) > 0.07
    np.testing.assert_array_equal(shown(glitch), before)
    moved = place(glitch)
    glitch.disturb(3.0)
    np.testing.assert_array_equal(place(glitch), moved)
    glitch.run = 2
    glitch.roll.expose(1)
    glitch.roll.exposures.pop(0)
    np.testing.assert_array_equal(shown(glitch), moved)


def test_without_a_failure_everything_is_shown_as_it_is(simulation):
    glitch = glitch_of(simulation, "")
    glitch.run = 1
    glitch.disturb(2.0)
    np.testing.assert_array_equal(shown(glitch), place(glitch))
    assert not glitch.happened


def test_tree_without_retries_tries_everything_once():
    data, _ = load_tree_file(TREE)
    bare = without_retries(data)

    def nodes(node):
        if isinstance(node, list):
            return [found for item in node for found in nodes(item)]
        if not isinstance(node, dict):
            return []
        return [*node.items(), *(found for value in node.values() for found in nodes(value))]

    kept = nodes(bare)
    assert {value["times"] for key, value in kept if key in ("retry", "retry_subtask")} == {1}
    assert all(len(value) == 1 for key, value in kept if key == "selector")
    names = {key for key, _ in kept}
    assert {"make_plan", "run_skill", "verify_success"} <= names
    assert not {"ask_person", "take_alternative", "recover_then_fail"} & names


def test_figures_count_planted_failures_that_retries_made_good():
    def episode(seed, kind, retries, success, planted=True):
        return Episode(EpisodeJob(seed, kind, retries), success, success, planted, 1, 1.0, "")

    found = figures([
        episode(1, "missed", False, False), episode(1, "missed", True, True),
        episode(2, "moved", False, False), episode(2, "moved", True, False),
        episode(3, "missed", False, True), episode(3, "missed", True, True),  # it failed to fail
        episode(4, "moved", False, False, planted=False), episode(4, "moved", True, True),  # not our failure
    ])  # fmt: skip
    assert (found["scenes"], found["failures"]) == (4.0, 2.0)
    assert (found["success_with"], found["success_without"], found["recovered"]) == (0.75, 0.25, 0.5)
    assert (found["recovered_missed"], found["recovered_moved"]) == (1.0, 0.0)
    assert found["recovered_low"] < 0.5 < found["recovered_high"]


def test_an_interrupted_run_keeps_what_it_has_done_but_no_half_a_line(tmp_path):
    path = tmp_path / "runs" / "retries.jsonl"
    done = [Episode(EpisodeJob(seed, "moved", True), True, True, True, 2, 30.0, "done") for seed in (1, 2)]
    for episode in done:
        KeptEpisodes(path).add(episode)
    path.write_text(path.read_text()[:-5])
    kept = KeptEpisodes(path)
    assert kept.episodes == done[:1]
    assert kept.jobs == {done[0].job}
