# SPDX-License-Identifier: Apache-2.0
"""An arm that starts outside its limits: let back in slowly, or refused with a reason."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.safety_support.loop import HOME, Loop, joint_reference
from vla_safety import Grade, SafetyConfig, SafetyError


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
