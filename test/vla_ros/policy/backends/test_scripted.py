# SPDX-License-Identifier: Apache-2.0
"""The scripted policy reads the simulation's sentences, sees what the expert sees, and gives its roll-out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vla_ros.contract import load_contract
from vla_ros.errors import PolicyError
from vla_ros.policy.backends.scene_task import SceneObject, ToolState, handling_of, situation_of, task_of
from vla_ros.policy.backends.scripted import TruthSnapshot, load
from vla_ros.policy.interface import PolicyResources
from vla_ros.policy.prediction import InferenceContext, Instruction
from vla_ros.policy.rotation import matrix_from_quaternion
from vla_ros.types import Observation
from vla_sim import SceneConfig, Simulation, SimulationConfig, Skill, sample_task
from vla_sim.experts.observe import handling, observe
from vla_sim.kinematics import yaw_of
from vla_sim.scene.config import TargetsConfig
from vla_sim.scene.model import BIN_HALF_M, BIN_HEIGHT_M
from vla_sim.tasks.language import sentence

FRANKA = Path(__file__).parents[4] / "config" / "robots" / "franka.yaml"


@pytest.fixture(scope="module")
def simulation():
    return Simulation(SimulationConfig(scene=SceneConfig(targets=TargetsConfig(zones=(2, 2)))), 3)


def things(simulation):
    layout = simulation.layout
    objects = [
        SceneObject(
            state.name, item.shape.value, np.array(item.half_size_m), state.position, yaw(state.quaternion_wxyz)
        )
        for state, item in zip(simulation.truth.objects(), layout.objects, strict=True)
    ]
    bins = [
        SceneObject(
            f"{side} bin", "bin", np.array([*BIN_HALF_M, BIN_HEIGHT_M / 2]), np.array([*centre, BIN_HEIGHT_M / 2])
        )
        for side, centre in layout.bins_m
    ]
    zones = [
        SceneObject(
            zone.name, "zone", np.array([zone.half_size_m, zone.half_size_m, 0]), np.array([*zone.position_m, 0])
        )
        for zone in layout.zones
    ]
    return tuple(objects + bins + zones)


def yaw(wxyz):
    return float(yaw_of(matrix_from_quaternion(np.roll(wxyz, -1))))


def tool(simulation):
    state = simulation.state()
    velocity = state.tool_velocity[:3]
    return ToolState(state.tool_position, velocity, yaw_of(state.tool_rotation), state.gripper_width_m)


@pytest.mark.parametrize("skill", list(Skill))
def test_every_sentence_of_a_skill_gives_the_situation_of_the_expert(simulation, skill):
    rng = np.random.default_rng(4)
    for seed in range(40):
        layout = simulation.reset(seed)
        task = sample_task(layout, rng, [skill])
        if task is not None:
            break
    for _ in range(12):
        text = sentence(skill, task.object_name, task.target_name, rng)
        found = task_of(text, things(simulation))
        assert found.skill is skill, text
        assert (found.thing.name if found.thing else "") == task.object_name
        expected, given = observe(simulation, task), situation_of(found, tool(simulation))
        for name in expected.__slots__:
            np.testing.assert_allclose(getattr(given, name), getattr(expected, name), atol=1e-9, err_msg=name)
        constants, mine = handling(layout, task), handling_of(found)
        for name in constants.__slots__:
            np.testing.assert_allclose(getattr(mine, name), getattr(constants, name), atol=1e-9, err_msg=name)


def test_what_goes_into_a_bin_is_let_go_above_what_lies_in_it(simulation):
    simulation.reset(1)
    scene = things(simulation)
    first, second, bin_ = scene[0], scene[1], next(thing for thing in scene if thing.name == "left bin")
    text = f"put the {second.name} in the left bin"
    empty = situation_of(task_of(text, scene), tool(simulation)).goal_position[0]
    lying = replace(first, position_m=np.array([*bin_.position_m[:2] + 0.03, 0.006 + first.half_size_m[2]]))
    filled = situation_of(task_of(text, (lying, *scene[1:])), tool(simulation)).goal_position[0]
    np.testing.assert_allclose(filled - empty, [0.0, 0.0, 2 * first.half_size_m[2]], atol=1e-9)


@pytest.mark.parametrize("text", ["make me a coffee", "pick up the red elephant", "put the left bin on the table", ""])
def test_sentence_that_names_nothing_that_is_there_is_refused(simulation, text):
    simulation.reset(1)
    with pytest.raises(PolicyError, match="does not understand"):
        task_of(text, things(simulation))


def resources(truth):
    return PolicyResources(load_contract(FRANKA), lambda: 0, feeds={"ground_truth": truth})


def observation(simulation, stamp_ns=1_000_000_000):
    contract, state = load_contract(FRANKA), simulation.state()
    values = np.concatenate([state.position, state.velocity, [state.gripper_width_m]])
    return Observation(stamp_ns, {}, {}, contract.state_names, values)


def test_chunk_starts_at_the_tool_and_says_where_it_comes_from(simulation):
    simulation.reset(1)
    scene = things(simulation)
    policy = load(None, resources(lambda at_ns: TruthSnapshot(at_ns, scene)))
    target = scene[0]
    instruction = Instruction(f"pick up the {target.name}")
    prediction = policy.infer(observation(simulation), instruction, InferenceContext(epoch=7), 0)
    chunk, state = prediction.chunk, simulation.state()
    assert chunk.rows.shape == (16, 7)
    assert np.linalg.norm(chunk.rows[0, :3] - state.tool_position) < 0.05
    assert np.linalg.norm(chunk.rows[-1, :2] - target.position_m[:2]) < 0.02
    down = matrix_from_quaternion(chunk.rows[:, 3:])[..., 2, 2]
    np.testing.assert_allclose(down, -1.0, atol=1e-9)
    origin = chunk.provenance
    assert (origin.policy_id, origin.epoch, origin.observation_stamp_ns) == ("scripted", 7, 1_000_000_000)
    assert chunk.stamp_ns == 1_100_000_000, "the roll-out's first row is due one period after the observation"
    assert prediction.done == 0.0


def test_scripted_policy_refuses_to_guess_without_ground_truth(simulation):
    simulation.reset(1)
    old = TruthSnapshot(0, things(simulation))
    for truth in (lambda at_ns: None, lambda at_ns: old):
        with pytest.raises(PolicyError, match="has no ground truth"):
            load(None, resources(truth)).infer(observation(simulation), Instruction("go home"), InferenceContext(), 0)
