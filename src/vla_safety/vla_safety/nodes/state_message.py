# SPDX-License-Identifier: Apache-2.0
"""A step of the loop as ``SafetyState``. No decisions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from vla_msgs.msg import SafetyState

from vla_safety.nodes.control import Step
from vla_safety.nodes.conversions import header
from vla_safety.types import Grade, Limit

__all__ = ["safety_state"]

GRADES = {
    Grade.UNCHANGED: SafetyState.UNCHANGED,
    Grade.SLOWED: SafetyState.SLOWED,
    Grade.PROJECTED: SafetyState.PROJECTED,
    Grade.RECOVERING: SafetyState.RECOVERING,
    Grade.BRAKING: SafetyState.BRAKING,
    Grade.HOLDING: SafetyState.HOLDING,
    Grade.ESTOPPED: SafetyState.ESTOPPED,
}


def safety_state(step: Step, joints: Sequence[str], grade: Grade) -> SafetyState:
    """Return what the step did, and the ``grade`` that is told of it (see `SteadyGrade`)."""
    report, trajectory = step.output.report, step.output.trajectory
    ahead = (step.effective_ns - step.state.stamp_ns) * 1e-9
    expected = step.command[0] - step.command[1] * ahead
    return SafetyState(
        header=header(step.now_ns),
        grade=GRADES[grade],
        active_limit="" if report.active_limit is Limit.NONE else report.active_limit.name.lower(),
        reason=report.reason,
        estop_latched=report.grade is Grade.ESTOPPED,
        source=report.source,
        epoch=step.epoch,
        chunk_id=max(report.chunk_id, 0),
        path_scale=report.scale,
        stop_duration_s=report.stop_duration_ns * 1e-9,
        joint_names=list(joints),
        position=step.state.q.tolist(),
        commanded_position=step.command[0].tolist(),
        commanded_velocity=step.command[1].tolist(),
        stop_position=trajectory.positions[-1].tolist(),
        gripper_width=-1.0 if step.gripper_width_m is None else step.gripper_width_m,
        tracking_error=float(np.abs(expected - step.state.q).max()),
        step_us=step.step_us,
        overruns=step.overruns,
        refused=report.refused,
    )
