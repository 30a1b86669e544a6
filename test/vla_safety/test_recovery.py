# SPDX-License-Identifier: Apache-2.0
"""An arm that starts outside its limits: let back in slowly, or refused with a reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.safety_support.loop import HOME, Loop, joint_reference
from vla_safety import Grade, SafetyConfig, SafetyError, recovery
from vla_safety.arm_model import ArmModel, build_arm_model
from vla_safety.kernels.kinematics import forward
from vla_safety.recovery import ROOM, relaxed


@pytest.fixture(scope="module")
def model(panda: SafetyConfig, urdf: str) -> ArmModel:
    return build_arm_model(panda, urdf)


def outside(panda: SafetyConfig, excess: float) -> np.ndarray:
    position = HOME.copy()
    position[6] = panda.joints.upper_rad[6] - panda.joints.margin_rad + excess
    return position


def test_arm_outside_a_limit_moves_in_but_never_farther_out(panda: SafetyConfig, urdf: str) -> None:
    start = outside(panda, 0.01)
    loop = Loop.at(panda, urdf, start)
    assert loop.filter.is_recovering
    farther = loop.run(joint_reference(np.linspace(start, start + np.array([0, 0, 0, 0, 0, 0, 0.05]), 20)), 100)
    assert max(output.trajectory.positions[:, 6].max() for output in farther) <= start[6] + 2e-6
    inward = np.linspace(start, start - np.array([0, 0, 0, 0, 0, 0, 0.3]), 20)
    outputs = loop.run(joint_reference(inward, stamp_ns=loop.now_ns), 2000)
    assert Grade.RECOVERING in {output.report.grade for output in outputs}
    assert not loop.filter.is_recovering
    assert np.allclose(loop.filter.held.states[-1, 0], inward[-1], atol=1e-6)


def test_recovery_is_slow(panda: SafetyConfig, urdf: str) -> None:
    start = outside(panda, 0.01)
    loop = Loop.at(panda, urdf, start)
    outputs = loop.run(joint_reference(np.linspace(start, HOME, 5)), 50)
    recovering = [output for output in outputs if output.report.grade is Grade.RECOVERING]
    assert recovering
    top = 0.1 * np.array(panda.joints.velocity_rad_s)
    assert all(np.all(np.abs(output.trajectory.velocities) <= top) for output in recovering[:-1])


@pytest.mark.parametrize(
    ("position", "word"),
    [
        (HOME + np.array([0, 0, 0, 0, 0, 0, 2.5]), "joint 7"),
        (np.array([0.0, 0.2, 0.0, -3.0, 0.0, 0.3, 0.78]), "overlap"),
        (np.array([2.6, 0.0, 0.0, -1.5, 0.0, 1.6, 0.78]), "workspace"),
    ],
)
def test_arm_too_far_outside_is_refused(panda: SafetyConfig, urdf: str, position: np.ndarray, word: str) -> None:
    with pytest.raises(SafetyError, match=word):
        Loop.at(panda, urdf, position)


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_only_the_limit_that_is_broken_is_widened_and_just_so_far(model: ArmModel, side: float) -> None:
    bounds, position = model.bounds, HOME.copy()
    position[6] = (bounds.position_upper if side > 0.0 else bounds.position_lower)[6] + side * 0.01
    at_home = np.where(np.arange(7) == 0, HOME, bounds.position_upper)  # joint 1 is exactly at its limit
    wide = relaxed(replace(model, bounds=bounds._replace(position_upper=at_home)), position).bounds
    lower, upper = bounds.position_lower.copy(), at_home.copy()
    (upper if side > 0.0 else lower)[6] = position[6] + side * ROOM
    assert np.array_equal(wide.position_lower, lower)
    assert np.array_equal(wide.position_upper, upper)
    assert np.array_equal(wide.workspace, bounds.workspace)
    assert np.allclose(wide.velocity, 0.1 * bounds.velocity)


def with_wall(model: ArmModel, axis: int, side: int, excess: float) -> tuple[ArmModel, np.ndarray]:
    """Return the arm in a workspace that its tool at HOME is ``excess`` outside of, and that tool point."""
    rotation, origin = np.empty((8, 3, 3)), np.empty((8, 3))
    forward(model.chain, HOME, rotation, origin)
    workspace = model.bounds.workspace.copy()
    workspace[side, axis] = origin[7, axis] + (excess if side == 0 else -excess)
    return replace(model, bounds=model.bounds._replace(workspace=workspace)), origin[7]


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("side", [0, 1])
def test_only_the_wall_that_is_passed_is_moved_and_just_so_far(model: ArmModel, axis: int, side: int) -> None:
    walled, point = with_wall(model, axis, side, 0.03)
    expected = walled.bounds.workspace.copy()
    expected[side, axis] = point[axis] + (ROOM if side else -ROOM)
    wide = relaxed(walled, HOME).bounds
    assert np.array_equal(wide.workspace, expected)
    assert np.array_equal(wide.position_upper, walled.bounds.position_upper)


def test_arm_exactly_as_far_outside_as_is_tolerated_is_let_back(
    model: ArmModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    walled, point = with_wall(model, 0, 1, 0.03)
    away = point[0] - walled.bounds.workspace[1, 0]
    monkeypatch.setattr(recovery, "FARTHEST_M", away)
    assert relaxed(walled, HOME) is not walled
    monkeypatch.setattr(recovery, "FARTHEST_M", np.nextafter(away, 0.0))
    with pytest.raises(SafetyError, match="workspace"):
        relaxed(walled, HOME)
