# SPDX-License-Identifier: Apache-2.0
"""Tolerances of a ``FollowJointTrajectory`` goal: on the path, at the goal, in time. No ROS calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from control_msgs.action import FollowJointTrajectory

from vla_sim.controllers.trajectory import Float64
from vla_sim.nodes.conversions import nanoseconds

RESULT = FollowJointTrajectory.Result
AT_REST_RAD_S = 0.01  # joint_trajectory_controller's stopped_velocity_tolerance


@dataclass(frozen=True, slots=True, eq=False)
class Tolerances:
    """Largest position errors ``(J,)`` [rad]; infinite where the goal does not say."""

    names: tuple[str, ...]
    path: Float64
    goal: Float64
    goal_time_ns: int  # 0: no limit

    @classmethod
    def from_goal(cls, goal: Any, names: Sequence[str]) -> Tolerances:
        """Read them from an action goal."""
        return cls(
            tuple(names),
            _row(goal.path_tolerance, names),
            _row(goal.goal_tolerance, names),
            nanoseconds(goal.goal_time_tolerance),
        )

    def broken(self, error: Float64, velocity: Float64, after_end_ns: int) -> tuple[int, str] | None:
        """Return code and sentence when the goal is over, None while it goes on.

        Args:
            error: Commanded minus measured position ``(J,)`` [rad].
            velocity: Measured ``(J,)`` [rad/s].
            after_end_ns: Time since the last point; negative before it.
        """
        if after_end_ns < 0:
            worst = int(np.argmax(np.abs(error) - self.path))
            if abs(error[worst]) > self.path[worst]:
                sentence = f"{self.names[worst]} is {error[worst]:.4f} rad off its path"
                return RESULT.PATH_TOLERANCE_VIOLATED, sentence
            return None
        if np.all(np.abs(error) <= self.goal) and np.abs(velocity).max() <= AT_REST_RAD_S:
            return RESULT.SUCCESSFUL, ""
        if self.goal_time_ns and after_end_ns > self.goal_time_ns:
            worst = int(np.argmax(np.abs(error) - self.goal))
            sentence = f"{self.names[worst]} is {error[worst]:.4f} rad off its goal"
            return RESULT.GOAL_TOLERANCE_VIOLATED, sentence
        return None


def _row(tolerances: Sequence[Any], names: Sequence[str]) -> Float64:
    given = {item.name: item.position for item in tolerances if item.position > 0.0}
    return np.array([given.get(name, np.inf) for name in names])
