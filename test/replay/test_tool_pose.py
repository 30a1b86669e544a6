# SPDX-License-Identifier: Apache-2.0
"""Policies that predict tool poses are measured against the commanded joints by kinematics, never column by column."""

import dataclasses
import json

import mujoco
import numpy as np
import pytest

from benchmarks.replay_support import synthetic_bag
from vla_ros.recording.actions import ActionTrack
from vla_ros.replay.evaluate_bag import main
from vla_ros.replay.truth import TOOL_NAMES, truth_of
from vla_ros.types import ActionChunk, ActionSpace
from vla_sim.kinematics import Kinematics

OFFSET_M = 0.02


def poses(rows):
    """Return tool poses ``(N, 7)`` by the simulation's kinematics, not by those of the code under test."""
    kinematics = Kinematics()
    found = []
    for row in rows:
        tool = kinematics.tool(row)
        quaternion_wxyz = np.zeros(4)
        mujoco.mju_mat2Quat(quaternion_wxyz, tool.rotation.reshape(-1))
        found.append([*tool.position, *quaternion_wxyz[1:], quaternion_wxyz[0]])
    return np.array(found)


def as_tool_poses(offset_m):
    """Predictions in the tool's space, with every other quaternion negated: the same rotations."""

    def alter(topic, at_ns, message):
        if topic == "/vla/action_chunk":
            rows = poses(message.data.reshape(-1, 7))
            rows[:, 0] += offset_m
            rows[::2, 3:] *= -1.0
            message.data, message.names = rows.reshape(-1), list(TOOL_NAMES)
            message.action_space = int(ActionSpace.TOOL_POSE)
        return at_ns, message

    return alter


def figures(bag, contract_file, target, *words):
    assert main([str(bag), "--contract", contract_file, *words, "--json", str(target)]) == 0
    return json.loads(target.read_text())


@pytest.mark.parametrize("offset_m", [0.0, OFFSET_M])
def test_distance_of_the_tool_is_the_one_that_was_planted(offset_m, make_bag, contract_file, tmp_path):
    bag = make_bag("tool", alter=as_tool_poses(offset_m))
    report = figures(bag, contract_file, tmp_path / "report.json", "--html", str(tmp_path / "page.html"))
    found = report["episodes"][0]["variants"]["recorded"]
    assert found["position_m"] == pytest.approx(offset_m, abs=2e-3)  # hand-made kinematics, and rows between commands
    assert found["rotation_rad"] < 0.02
    assert found["mae"]["y"] < 2e-3
    assert found["mae_mean"] == pytest.approx(offset_m / 3.0, abs=2e-3)
    assert report["findings"] == [], "columns of another space are no swapped joints"
    assert "x [m]" in (tmp_path / "page.html").read_text()


def test_an_arm_without_known_kinematics_is_not_compared(contract_file):
    contract = synthetic_bag.contract()
    track = ActionTrack(np.arange(2), np.zeros((2, 7)), np.zeros(0), "command")
    chunk = ActionChunk(0, 1, ActionSpace.TOOL_POSE, TOOL_NAMES, np.ones((1, 7)), np.zeros(0))
    action = dataclasses.replace(contract.action, names=tuple(f"ur_joint{i}" for i in range(1, 8)))
    assert truth_of(chunk, track, contract) is not None
    assert truth_of(chunk, track, dataclasses.replace(contract, action=action)) is None
