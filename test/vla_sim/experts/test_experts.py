# SPDX-License-Identifier: Apache-2.0
"""Every expert does its task, from any state, and its roll-out says where it will be."""

import numpy as np
import pytest

from vla_sim import Skill, succeeded
from vla_sim.experts.episode import ToolDriver, run_expert
from vla_sim.experts.law import expert
from vla_sim.experts.measure import DEFAULT_SCENE, attempt
from vla_sim.experts.observe import handling, observe
from vla_sim.experts.rollout import roll_out
from vla_sim.experts.situation import stack_rows
from vla_sim.simulation import Simulation, SimulationConfig
from vla_sim.tasks.sample import sample_task


@pytest.mark.parametrize("skill", list(Skill), ids=lambda skill: skill.value)
def test_expert_succeeds(skill: Skill) -> None:
    assert attempt(DEFAULT_SCENE, skill, 2).success


def test_expert_picks_up_again_what_was_torn_from_the_hand() -> None:
    simulation = Simulation(SimulationConfig(scene=DEFAULT_SCENE), 4)
    task = sample_task(simulation.layout, np.random.default_rng(0), [Skill.PLACE_IN_BIN])
    assert task is not None
    driver, constants = ToolDriver(simulation), handling(simulation.layout, task)
    index = simulation.layout.object_index(task.object_name)
    while simulation.truth.held_object() != index:
        driver.apply(expert(task.skill, observe(simulation, task), constants))
    for _ in range(15):
        driver.apply(expert(task.skill, observe(simulation, task), constants))
    simulation.truth.move_object(index, np.asarray(simulation.layout.objects[index].position_m))
    while not succeeded(simulation, task) and simulation.time_ns < 15_000_000_000:
        driver.apply(expert(task.skill, observe(simulation, task), constants))
    assert succeeded(simulation, task)


@pytest.mark.parametrize("skill", [Skill.PLACE_IN_BIN, Skill.PICK, Skill.STACK], ids=lambda skill: skill.value)
def test_roll_out_predicts_where_the_expert_goes(skill: Skill) -> None:
    simulation = Simulation(SimulationConfig(scene=DEFAULT_SCENE), 2)
    task = sample_task(simulation.layout, np.random.default_rng(1), [skill])
    assert task is not None
    constants, seen = handling(simulation.layout, task), []
    run_expert(simulation, task, lambda time_s: seen.append(observe(simulation, task)))
    errors = []
    for start in range(0, len(seen) - 41, 5):
        chunk = roll_out(skill, seen[start], constants, rows=8)
        later = np.stack([seen[start + 5 * row].tool_position[0] for row in range(1, 9)])
        errors.append(np.linalg.norm(chunk.position[0] - later, axis=1).mean())
    assert np.mean(errors) < 0.02  # [m]; the tool moves up to 0.3 m in this time


def test_a_batch_is_labelled_as_its_rows_are() -> None:
    simulation = Simulation(SimulationConfig(scene=DEFAULT_SCENE), 2)
    task = sample_task(simulation.layout, np.random.default_rng(1), [Skill.PLACE_IN_BIN])
    assert task is not None
    constants, seen = handling(simulation.layout, task), []
    run_expert(simulation, task, lambda time_s: seen.append(observe(simulation, task)))
    rows = seen[::20]
    batch = expert(task.skill, stack_rows(rows), stack_rows([constants] * len(rows)))
    for index, row in enumerate(rows):
        alone = expert(task.skill, row, constants)
        np.testing.assert_allclose(batch.velocity[index], alone.velocity[0], atol=1e-12)
        assert batch.width[index] == alone.width[0]
