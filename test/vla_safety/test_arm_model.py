# SPDX-License-Identifier: Apache-2.0
"""Arrays of the arm: limits checked against the description, and balls around the capsules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vla_safety import ModelError, SafetyConfig
from vla_safety.arm_model import build_arm_model
from vla_safety.config import Box


def with_velocity(config: SafetyConfig, factor: float) -> SafetyConfig:
    fastest = tuple(factor * speed for speed in config.joints.velocity_rad_s)
    return replace(config, joints=replace(config.joints, velocity_rad_s=fastest))


def test_velocity_may_exceed_the_description_by_rounding_only(panda: SafetyConfig, urdf: str) -> None:
    assert build_arm_model(with_velocity(panda, 1.001), urdf).bounds.velocity[0] == pytest.approx(0.95 * 1.001 * 2.175)
    with pytest.raises(ModelError, match=r"exceeds the description's 2\.175"):
        build_arm_model(with_velocity(panda, 1.0011), urdf)


def test_limits_are_checked_where_the_joints_have_different_families_of_names(panda: SafetyConfig, urdf: str) -> None:
    other = urdf.replace("panda_joint2", "elbow_joint2")
    names = tuple(name.replace("panda_joint2", "elbow_joint2") for name in panda.joints.names)
    config = replace(panda, joints=replace(panda.joints, names=names))
    assert len(build_arm_model(config, other).bounds.velocity) == 7
    with pytest.raises(ModelError, match="exceeds the description"):
        build_arm_model(with_velocity(config, 2.0), other)


def test_ball_of_a_capsule_touches_its_ends(config: SafetyConfig, urdf: str) -> None:
    world = build_arm_model(config, urdf).world
    for capsule, ball in zip(config.collision.capsules, world.capsule_ball, strict=True):
        length = np.linalg.norm(np.subtract(capsule.end_m, capsule.start_m))
        assert ball == pytest.approx(capsule.radius_m + 0.5 * length)


def test_box_with_a_corner_of_another_size_is_no_box() -> None:
    with pytest.raises(ValueError, match="longer"):
        Box("table", (0.0, 0.0), (1.0, 1.0, 1.0), 0.01)
