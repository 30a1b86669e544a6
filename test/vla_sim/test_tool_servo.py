# SPDX-License-Identifier: Apache-2.0
"""Whatever velocity is asked of the tool, the servo's joint motion is one that the arm would execute."""

import numpy as np
import pytest

from vla_sim.arm import Arm
from vla_sim.controllers.joint_trajectory_controller import Acceptance
from vla_sim.controllers.reflex import Reflex
from vla_sim.tool_servo import ToolServo, ToolServoConfig

HOME = np.array([0.0, -0.6, 0.0, -2.4, 0.0, 1.8, 0.785398])
STEP_NS = 1_000_000


def first_reflex(arm_id: str, velocity: np.ndarray, yaw_rate: float, seconds: float) -> Reflex:
    """Drive the tool with ``velocity (3,)`` [m/s] and return what the arm's monitor says."""
    config = ToolServoConfig(arm_id=arm_id)
    arm, servo, now_ns = Arm(arm_id, HOME, STEP_NS * 1e-9, reflexes=True), ToolServo(config, HOME), 0
    for _ in range(round(seconds * 1e9 / config.period_ns)):
        assert arm.accept(servo.step(velocity, yaw_rate), now_ns, arm.reference) is Acceptance.ACCEPTED
        times_ns = now_ns + STEP_NS * np.arange(1, config.period_ns // STEP_NS + 1)
        samples, _, reflex = arm.plan(times_ns)
        if reflex is not Reflex.NONE:
            return reflex
        arm.reference, now_ns = samples.row(-1), int(times_ns[-1])
    return Reflex.NONE


@pytest.mark.parametrize("arm_id", ["fr3", "panda"])
@pytest.mark.parametrize("seed", range(6))
def test_tool_driven_any_way_at_full_speed_causes_no_reflex(arm_id: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    direction = rng.normal(size=3)
    velocity = 0.5 * direction / np.linalg.norm(direction)
    assert first_reflex(arm_id, velocity, float(rng.uniform(-2.0, 2.0)), 2.0) is Reflex.NONE


@pytest.mark.parametrize("arm_id", ["fr3", "panda"])
def test_tool_drawn_to_the_base_folds_the_arm_no_faster_than_it_may(arm_id: str) -> None:
    """Close to the base elbow and wrist fold quickly, where the FR3 allows little speed."""
    assert first_reflex(arm_id, np.array([-0.45, 0.0, -0.15]), 0.0, 1.5) is Reflex.NONE
