# SPDX-License-Identifier: Apache-2.0
"""The checkpoint that ships: found by name, small enough, documented, and doing what short sentences say."""

import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from vla_ros.contract import load_contract
from vla_ros.policy.checkpoint import open_checkpoint
from vla_ros.policy.configuration import find_policy
from vla_ros.policy.flow.arm import tool_pose
from vla_ros.policy.interface import PolicyResources
from vla_ros.policy.prediction import InferenceContext, Instruction
from vla_ros.policy.registry import backend, load_policy
from vla_ros.training.closed_loop import observation_of
from vla_ros.training.conditions import TABLETOP
from vla_sim.scene.sample import sample_layout
from vla_sim.simulation import Simulation, SimulationConfig

ROOT = Path(__file__).parents[4]
LARGEST_MB = 40.0


@pytest.fixture(scope="module")
def checkpoint():
    return open_checkpoint(find_policy("default", ROOT / "config" / "policies").checkpoint)


@pytest.fixture(scope="module", params=["flow_onnx", "flow"])
def policy(request, checkpoint):
    contract = load_contract(ROOT / "config" / "robots" / "franka.yaml")
    resources = PolicyResources(contract, time.monotonic_ns, device="cpu")
    return load_policy(backend(request.param), checkpoint, resources)


@pytest.fixture(scope="module")
def observation():
    simulation = Simulation(SimulationConfig(timestep_s=0.002))
    simulation.reset(0, sample_layout(TABLETOP, np.random.default_rng(12)))
    return observation_of(simulation)


def chunk(policy, observation, text):
    return policy.infer(observation, Instruction(text), InferenceContext(), 0).chunk


def test_it_is_small_and_has_a_card(checkpoint):
    size_mb = sum((checkpoint.folder / name).stat().st_size for name in checkpoint.files) / 1e6
    assert size_mb <= LARGEST_MB
    assert "How well it works" in (checkpoint.folder / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("text", "width_m"), [("open the gripper", 0.08), ("close the gripper", 0.0)])
def test_a_sentence_about_the_gripper_moves_the_gripper_only(policy, observation, text, width_m):
    rows = chunk(policy, observation, text)
    position, _ = tool_pose(observation.values(policy.specification.state_names)[:7])
    assert (rows.gripper_m == width_m).all()
    assert np.linalg.norm(rows.rows[:, :3] - position, axis=1).max() < 0.03


def test_a_chunk_begins_at_the_hand_and_never_jumps(policy, observation):
    position, _ = tool_pose(observation.values(policy.specification.state_names)[:7])
    rows = chunk(policy, observation, "go home").rows
    assert np.linalg.norm(rows[0, :3] - position) < 0.05
    assert np.linalg.norm(np.diff(rows[:, :3], axis=0), axis=1).max() < 0.10
