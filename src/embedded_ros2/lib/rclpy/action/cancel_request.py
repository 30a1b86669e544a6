# SPDX-License-Identifier: Apache-2.0
"""Which goals a cancel request means. The server asks its user about each of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from action_msgs.msg import GoalInfo
from action_msgs.srv import CancelGoal

_ZERO_ID = bytes(16)


def _stamp_ns(stamp: Any) -> int:
    return stamp.sec * 1_000_000_000 + stamp.nanosec


def goals_to_cancel(wanted: GoalInfo, goals: Iterable[Any]) -> tuple[int, list[Any]]:
    """Return the error code and the goals that a request selects.

    No id and no time: all goals. No id: all accepted at or before the time. Id without time: that goal.
    Both: that goal and all accepted at or before the time.

    Args:
        wanted: The request's ``goal_info``.
        goals: Goal handles of the server.
    """
    goals = list(goals)
    goal_id = bytes(wanted.goal_id.uuid)
    time_ns = _stamp_ns(wanted.stamp)
    if goal_id == _ZERO_ID and time_ns == 0:
        return CancelGoal.Response.ERROR_NONE, [goal for goal in goals if goal.is_active]
    named = [goal for goal in goals if bytes(goal.goal_id.uuid) == goal_id]
    if goal_id != _ZERO_ID and not named:
        return CancelGoal.Response.ERROR_UNKNOWN_GOAL_ID, []
    earlier = [goal for goal in goals if time_ns and _stamp_ns(goal.goal_info.stamp) <= time_ns and goal not in named]
    selected = [goal for goal in named + earlier if goal.is_active]
    if goal_id != _ZERO_ID and not selected:
        return CancelGoal.Response.ERROR_GOAL_TERMINATED, []
    return CancelGoal.Response.ERROR_NONE, selected
