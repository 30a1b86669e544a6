# SPDX-License-Identifier: Apache-2.0
"""Rows of every limit: gradients agree with finite differences, lengths are one, and rows forbid what they name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.safety_support.loop import CONFIGS, HOME
from vla_safety import SafetyConfig
from vla_safety.arm_model import ArmModel, build_arm_model
from vla_safety.config import Cone
from vla_safety.limits import (
    CollisionLimit,
    Context,
    JointAccelerationLimit,
    JointJerkLimit,
    JointPositionLimit,
    JointTorqueLimit,
    JointVelocityLimit,
    OrientationLimit,
    SingularityLimit,
    ToolSpeedLimit,
    WorkspaceLimit,
    bending_limits,
)

STEP = 1e-6
PERIOD_S = 0.05


@pytest.fixture(scope="module", params=["panda", "fr3"])
def model(request: pytest.FixtureRequest, urdf: str) -> ArmModel:
    config = SafetyConfig.from_yaml(CONFIGS / f"{request.param}.yaml")
    cone = Cone((0.0, 0.0, 1.0), (0.0, 0.0, -1.0), 0.6)
    return build_arm_model(replace(config, tool=replace(config.tool, cone=cone)), urdf)


def positions(count: int, seed: int = 0) -> np.ndarray:
    return HOME + np.random.default_rng(seed).uniform(-0.3, 0.3, (count, 7))


@pytest.mark.parametrize("limit", [JointPositionLimit(), WorkspaceLimit(), OrientationLimit(), SingularityLimit(0.02)])
def test_gradients_of_slack_agree_with_finite_differences(model: ArmModel, limit: object) -> None:
    for position in positions(5):
        context = Context(model, position, PERIOD_S)
        rows = limit.rows(context)
        units = STEP * np.eye(7)
        ahead = np.array([limit.slack(Context(model, position + unit, PERIOD_S)) for unit in units])
        behind = np.array([limit.slack(Context(model, position - unit, PERIOD_S)) for unit in units])
        gradient = -((ahead - behind) / (2 * STEP)).T
        length = np.linalg.norm(gradient, axis=1, keepdims=True)
        assert np.allclose(rows.G, gradient / length, atol=2e-4)


def test_collision_gradients_agree_with_finite_differences(model: ArmModel) -> None:
    limit = CollisionLimit()
    for position in positions(5, seed=1):
        slack = limit.slack(Context(model, position, PERIOD_S))
        near = slack < 0.2
        rows = limit.rows(Context(model, position, PERIOD_S))
        units = STEP * np.eye(7)
        ahead = np.array([limit.slack(Context(model, position + unit, PERIOD_S))[near] for unit in units])
        behind = np.array([limit.slack(Context(model, position - unit, PERIOD_S))[near] for unit in units])
        gradient = -((ahead - behind) / (2 * STEP)).T
        gradient = gradient[np.linalg.norm(gradient, axis=1) > 1e-7]
        assert len(rows.G) == len(gradient) > 0
        assert np.allclose(rows.G, gradient / np.linalg.norm(gradient, axis=1, keepdims=True), atol=1e-4)


def test_rows_of_all_limits_have_length_one(panda: SafetyConfig, model: ArmModel) -> None:
    motion = np.random.default_rng(2).normal(0, 1, (2, 7))
    for limit in [*bending_limits(panda), JointVelocityLimit(), JointJerkLimit(), JointTorqueLimit(), ToolSpeedLimit()]:
        rows = limit.rows(Context(model, HOME, PERIOD_S, motion))
        assert np.allclose(np.linalg.norm(rows.G, axis=1), 1.0)
        assert rows.G.shape == (len(rows.h), 7)


def satisfied(rows: object, displacement: np.ndarray) -> bool:
    return bool(np.all(rows.G @ displacement <= rows.h + 1e-12))


def test_velocity_rows_hold_exactly_at_the_limit(model: ArmModel) -> None:
    rows = JointVelocityLimit().rows(Context(model, HOME, PERIOD_S))
    fastest = JointVelocityLimit().allowed(Context(model, HOME, PERIOD_S))
    assert satisfied(rows, fastest[0] * PERIOD_S)
    assert not satisfied(rows, fastest[0] * PERIOD_S * 1.001)
    assert satisfied(rows, -fastest[1] * PERIOD_S)
    assert not satisfied(rows, -fastest[1] * PERIOD_S * 1.001)


def test_acceleration_and_jerk_rows_count_from_the_motion_before(model: ArmModel) -> None:
    velocity, acceleration = np.full(7, 0.4), np.full(7, -1.0)
    context = Context(model, HOME, PERIOD_S, np.stack([velocity, acceleration]))
    top = model.bounds.acceleration
    assert satisfied(JointAccelerationLimit().rows(context), (velocity + top * PERIOD_S) * PERIOD_S)
    assert not satisfied(JointAccelerationLimit().rows(context), (velocity + 1.01 * top * PERIOD_S) * PERIOD_S)
    top = acceleration + model.bounds.jerk * PERIOD_S
    assert satisfied(JointJerkLimit().rows(context), (velocity + top * PERIOD_S) * PERIOD_S)
    assert not satisfied(JointJerkLimit().rows(context), (velocity + 1.01 * top * PERIOD_S) * PERIOD_S)


def test_torque_rows_are_the_dynamics(model: ArmModel) -> None:
    random = np.random.default_rng(3)
    limit = JointTorqueLimit()
    velocity = random.normal(0, 0.5, 7)
    context = Context(model, HOME, PERIOD_S, np.stack([velocity, np.zeros(7)]))
    rows = limit.rows(context)
    for scale in (0.1, 1.0, 10.0):
        displacement = random.normal(0, 0.05, 7) * scale
        torque = limit.torque(context, (displacement / PERIOD_S - velocity) / PERIOD_S)
        assert satisfied(rows, displacement) == bool(np.all(np.abs(torque) <= model.bounds.torque))


def test_tool_speed_rows_keep_the_tool_inside_the_ball(model: ArmModel) -> None:
    context = Context(model, HOME, PERIOD_S)
    rows = ToolSpeedLimit().rows(context)
    for direction in np.random.default_rng(4).normal(0, 1, (200, 7)):
        reach = np.min(np.where(rows.G @ direction > 0, rows.h / (rows.G @ direction), np.inf))
        twist = context.jacobian @ direction * reach / PERIOD_S
        assert np.linalg.norm(twist[:3]) <= model.bounds.tool[0] + 1e-9
        assert np.linalg.norm(twist[3:]) <= model.bounds.tool[1] + 1e-9


def test_position_rows_slow_down_before_the_limit(model: ArmModel) -> None:
    near = HOME.copy()
    near[6] = model.bounds.position_upper[6] - 1e-3
    rows = JointPositionLimit().rows(Context(model, near, 1e-3))
    braking = np.sqrt(2 * model.bounds.acceleration[6] * 1e-3) * 1e-3
    assert satisfied(rows, np.eye(7)[6] * braking * 0.999)
    assert not satisfied(rows, np.eye(7)[6] * braking * 1.001)


def test_outside_rows_forbid_going_farther_out(model: ArmModel) -> None:
    outside = HOME.copy()
    outside[6] = model.bounds.position_upper[6] + 0.05
    rows = JointPositionLimit().rows(Context(model, outside, PERIOD_S))
    assert satisfied(rows, np.zeros(7))
    assert not satisfied(rows, np.eye(7)[6] * 1e-6)
