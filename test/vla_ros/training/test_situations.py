# SPDX-License-Identifier: Apache-2.0
"""Frames as recorded mean to the batched labels what the live simulation means to the expert."""

import dataclasses

import numpy as np
import pytest

from vla_ros.training.config import DEMONSTRATION_WEIGHTS
from vla_ros.training.records import NO_TASK, SKILLS, frame_of, names_of, scene_of, task_of
from vla_ros.training.scenes import RANDOMISED, draw_task, task_from
from vla_ros.training.situations import held_objects, situations
from vla_sim.experts.episode import ToolDriver
from vla_sim.experts.law import expert
from vla_sim.experts.observe import handling, observe
from vla_sim.scene.sample import sample_layout
from vla_sim.simulation import Simulation, SimulationConfig
from vla_sim.tasks.task import Skill


@pytest.fixture(scope="module")
def simulation():
    return Simulation(SimulationConfig(timestep_s=0.002, reflexes=False))


def possible_task(simulation, skill, first_seed):
    """Reset to the first scene that allows ``skill``; return its task record and its scene record."""
    for seed in range(first_seed, first_seed + 40):
        rng = np.random.default_rng(seed)
        simulation.reset(0, sample_layout(RANDOMISED, rng))
        scene = scene_of(simulation.layout)
        record = draw_task(frame_of(simulation, 0, NO_TASK), scene, {skill: 1.0, Skill.HOME: 1e-9}, rng)
        if SKILLS[record["skill"]] is skill:
            return record, scene, rng
    raise AssertionError(f"no scene allows {skill}")


def assert_equal_fields(left, right):
    for field in dataclasses.fields(left):
        np.testing.assert_allclose(getattr(left, field.name), getattr(right, field.name), atol=2e-6, err_msg=field.name)


@pytest.mark.parametrize("skill", list(Skill))
def test_a_recorded_frame_gives_the_expert_what_the_simulation_gives_it(simulation, skill):
    record, scene, rng = possible_task(simulation, skill, first_seed=10)
    task = task_from(scene, record, rng)
    driver = ToolDriver(simulation)
    for _ in range(40):
        driver.apply(expert(skill, observe(simulation, task), handling(simulation.layout, task)))
    frame = frame_of(simulation, 0, record)
    situation, constants = situations(frame[None], scene[None], record[None])
    assert_equal_fields(situation, observe(simulation, task))
    assert_equal_fields(constants, handling(simulation.layout, task))


@pytest.mark.parametrize("skill", [Skill.PLACE_IN_BIN, Skill.STACK, Skill.PUSH_TO_ZONE, Skill.PICK, Skill.HOME])
def test_task_records_and_requests_are_inverse(simulation, skill):
    record, scene, rng = possible_task(simulation, skill, first_seed=60)
    task = task_from(scene, record, rng)
    assert task_of(simulation.layout, task) == record
    assert names_of(scene, record) == (task.skill, task.object_name, task.target_name)


def test_the_held_object_is_the_one_that_the_expert_has_picked(simulation):
    record, scene, rng = possible_task(simulation, Skill.PICK, first_seed=90)
    task, driver = task_from(scene, record, rng), ToolDriver(simulation)
    assert held_objects(frame_of(simulation, 0, record)[None], scene[None])[0] == -1
    for _ in range(250):
        driver.apply(expert(task.skill, observe(simulation, task), handling(simulation.layout, task)))
    assert held_objects(frame_of(simulation, 0, record)[None], scene[None])[0] == record["object"]


def test_every_skill_has_a_share_of_the_demonstrations():
    assert set(DEMONSTRATION_WEIGHTS) == set(Skill)
