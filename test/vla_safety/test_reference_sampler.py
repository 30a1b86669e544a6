# SPDX-License-Identifier: Apache-2.0
"""References of every kind become C² joint paths that end at rest."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from benchmarks.safety_support.loop import HOME, PERIOD_NS, Loop, joint_reference
from vla_safety import Grade, Limit, Reference, ReferenceKind, SafetyConfig
from vla_safety.arm_model import ArmModel, build_arm_model
from vla_safety.kernels.kinematics import forward, tool_jacobian
from vla_safety.kernels.path import path_state
from vla_safety.reference_sampler import ReferenceSampler, SampledReference


@pytest.fixture(scope="module")
def model(panda: SafetyConfig, urdf: str) -> ArmModel:
    return build_arm_model(panda, urdf)


@pytest.fixture(scope="module")
def sampler(panda: SafetyConfig, model: ArmModel) -> ReferenceSampler:
    return ReferenceSampler(model, panda.tool)


def tool(model: ArmModel, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rotation, origin = np.empty((8, 3, 3)), np.empty((8, 3))
    forward(model.chain, np.ascontiguousarray(position), rotation, origin)
    return rotation[7], origin[7]


def pose_reference(model: ArmModel, points: np.ndarray, period_ns: int = PERIOD_NS) -> Reference:
    turns = np.tile(tool(model, HOME)[0].ravel(), (len(points), 1))
    return Reference(ReferenceKind.TOOL_POSE, 0, period_ns, np.concatenate([points, turns], axis=1))


def at(sampled: SampledReference, time: float) -> np.ndarray:
    state = np.empty((4, 7))
    path_state(sampled.path, time, state)
    return state


def test_joint_rows_are_met_and_the_path_is_smooth(sampler: ReferenceSampler) -> None:
    rows = HOME + np.random.default_rng(0).normal(0, 0.1, (12, 7))
    sampled = sampler.sample(joint_reference(rows, stamp_ns=5 * PERIOD_NS), 0, HOME)
    assert sampled.seconds(5 * PERIOD_NS) == 0.0
    for k, row in enumerate(rows):
        assert np.allclose(at(sampled, k * 0.05)[0], row, atol=1e-12)
        assert np.allclose(sampled.position((5 + k) * PERIOD_NS), row, atol=1e-12)
    for time in np.arange(1, 11) * 0.05:
        assert np.allclose(at(sampled, time - 1e-9)[:3], at(sampled, time + 1e-9)[:3], atol=1e-4)
    assert not at(sampled, 5.0)[1:].any()
    assert np.array_equal(sampled.position(0), rows[0])


def test_velocities_are_integrated_from_the_arm(sampler: ReferenceSampler) -> None:
    reference = Reference(ReferenceKind.JOINT_VELOCITY, 0, PERIOD_NS, np.full((5, 7), 0.2))
    sampled = sampler.sample(reference, 0, HOME)
    assert np.allclose(sampled.path.position[-1], HOME + 0.2 * 4 * 0.05)


def test_twists_are_integrated_from_the_tool(sampler: ReferenceSampler, model: ArmModel) -> None:
    rows = np.tile([0.1, 0.0, -0.05, 0.0, 0.0, 0.4], (6, 1))
    sampled = sampler.sample(Reference(ReferenceKind.TOOL_TWIST, 0, PERIOD_NS, rows), 0, HOME)
    (before, start), (after, end) = tool(model, HOME), tool(model, sampled.path.position[-1])
    assert np.allclose(end - start, 0.25 * np.array([0.1, 0.0, -0.05]), atol=1e-7)
    turn = after @ before.T
    assert np.arctan2(turn[1, 0], turn[0, 0]) == pytest.approx(0.1, abs=1e-6)


def test_twists_that_change_are_integrated_one_after_the_other(sampler: ReferenceSampler, model: ArmModel) -> None:
    rows = np.zeros((4, 6))
    rows[0, 3:], rows[1, 3:], rows[2, 3:] = [0.0, 0.0, 1.0], [0.8, 0.0, 0.0], [0.0, -0.6, 0.0]
    sampled = sampler.sample(Reference(ReferenceKind.TOOL_TWIST, 0, PERIOD_NS, rows), 0, HOME)
    expected = tool(model, HOME)[0]
    for k in range(4):
        assert np.allclose(tool(model, sampled.path.position[k])[0], expected, atol=1e-6)
        expected = Rotation.from_rotvec(0.05 * rows[k, 3:]).as_matrix() @ expected


@pytest.mark.parametrize("period_ns", [20_000_000, 50_000_000, 100_000_000])
def test_tool_rows_are_met_and_lines_stay_straight(sampler: ReferenceSampler, model: ArmModel, period_ns: int) -> None:
    start = tool(model, HOME)[1]
    blend = np.linspace(0, 1, 11)[:, None] ** 2
    points = start + blend * np.array([0.05, 0.1, -0.05])
    sampled = sampler.sample(pose_reference(model, points, period_ns), 0, HOME)
    direction = np.array([0.05, 0.1, -0.05]) / np.linalg.norm([0.05, 0.1, -0.05])
    for time in np.linspace(0, 10 * period_ns * 1e-9, 101):
        offset = tool(model, at(sampled, time)[0])[1] - start
        assert np.linalg.norm(offset - (offset @ direction) * direction) < 2e-4
    for k, point in enumerate(points):
        assert np.allclose(tool(model, at(sampled, k * period_ns * 1e-9)[0])[1], point, atol=1e-6)


def test_rows_of_the_past_are_left_out(sampler: ReferenceSampler, model: ArmModel) -> None:
    points = tool(model, HOME)[1] + np.linspace(0, 0.05, 10)[:, None]
    sampled = sampler.sample(pose_reference(model, points), 4 * PERIOD_NS, HOME)
    assert sampled.origin_ns == 4 * PERIOD_NS
    assert len(sampled.path.time) == 6


def test_path_ends_where_the_arm_cannot_reach(sampler: ReferenceSampler, model: ArmModel) -> None:
    start = tool(model, HOME)[1]
    points = start + np.linspace(0, 1, 40)[:, None] * (np.array([1.2, 0.0, 0.4]) - start)
    sampled = sampler.sample(pose_reference(model, points), 0, HOME)
    assert sampled.limit in (Limit.SINGULARITY, Limit.REACH)
    assert 1 < len(sampled.path.time) < 40
    assert not sampled.path.velocity[-1].any()


def smallest_singular_values(model: ArmModel, positions: np.ndarray) -> np.ndarray:
    rotation, origin, jacobian, out = np.empty((8, 3, 3)), np.empty((8, 3)), np.empty((6, 7)), []
    for position in positions:
        forward(model.chain, position, rotation, origin)
        tool_jacobian(model.chain, rotation, origin, jacobian)
        out.append(np.linalg.svd(jacobian, compute_uv=False)[-1])
    return np.array(out)


def test_time_is_stretched_near_a_singularity(sampler: ReferenceSampler, model: ArmModel, panda: SafetyConfig) -> None:
    start = tool(model, HOME)[1]
    points = start + np.linspace(0, 1, 40)[:, None] * (np.array([0.78, 0.0, 0.35]) - start)
    sampled = sampler.sample(pose_reference(model, points), 0, HOME)
    assert sampled.limit is Limit.SINGULARITY
    steps = np.diff(sampled.path.time)
    assert steps.min() >= 0.05 - 1e-9
    pace = np.minimum(smallest_singular_values(model, sampled.path.position) / panda.tool.singular_slow, 1.0)
    assert pace[-1] < 0.9
    assert np.allclose(steps, 0.05 / np.minimum(pace[:-1], pace[1:]), rtol=0.1)


def test_first_row_out_of_reach_leaves_no_path(sampler: ReferenceSampler, model: ArmModel) -> None:
    sampled = sampler.sample(pose_reference(model, np.tile([3.0, 0, 0], (3, 1))), 0, HOME)
    assert np.isnan(sampled.path.position).all()


def test_tool_reference_is_tracked_by_the_filter(panda: SafetyConfig, urdf: str, model: ArmModel) -> None:
    loop = Loop.at(panda, urdf)
    start = tool(model, HOME)[1]
    phase = np.linspace(0, 1, 41)[:, None]
    points = start + phase**3 * (10 - 15 * phase + 6 * phase**2) * np.array([0.1, 0.2, -0.1])
    outputs = loop.run(pose_reference(model, points), 700)
    assert {output.report.grade for output in outputs} <= {Grade.UNCHANGED, Grade.PROJECTED, Grade.SLOWED, *HELD}
    rotation, end = tool(model, loop.filter.held.states[-1, 0])
    assert np.allclose(end, points[-1], atol=1e-6)
    assert np.allclose(rotation, tool(model, HOME)[0], atol=1e-6)


HELD = (Grade.BRAKING, Grade.HOLDING)
