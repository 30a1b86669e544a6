# SPDX-License-Identifier: Apache-2.0
"""The state machine of goals and the choice of goals to cancel; no communication."""

from types import SimpleNamespace

import pytest
from action_msgs.msg import GoalInfo
from builtin_interfaces.msg import Time
from unique_identifier_msgs.msg import UUID

from rclpy.action.cancel_request import goals_to_cancel
from rclpy.action.goal_state import ACTIVE_STATES, GoalEvent, GoalState, GoalTransitionError, next_state


def follow(*events):
    state = GoalState.ACCEPTED
    for event in events:
        state = next_state(state, event)
    return state


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([GoalEvent.EXECUTE, GoalEvent.SUCCEED], GoalState.SUCCEEDED),
        ([GoalEvent.EXECUTE, GoalEvent.ABORT], GoalState.ABORTED),
        ([GoalEvent.EXECUTE, GoalEvent.CANCEL_GOAL, GoalEvent.CANCELED], GoalState.CANCELED),
        ([GoalEvent.CANCEL_GOAL, GoalEvent.CANCELED], GoalState.CANCELED),
        ([GoalEvent.CANCEL_GOAL, GoalEvent.SUCCEED], GoalState.SUCCEEDED),
        ([GoalEvent.CANCEL_GOAL, GoalEvent.ABORT], GoalState.ABORTED),
    ],
)
def test_goal_reaches_its_end(events, state):
    assert follow(*events) == state


def test_canceled_needs_an_accepted_cancel_request():
    with pytest.raises(GoalTransitionError, match="from state EXECUTING with event CANCELED"):
        follow(GoalEvent.EXECUTE, GoalEvent.CANCELED)


@pytest.mark.parametrize("state", sorted(set(GoalState) - ACTIVE_STATES))
@pytest.mark.parametrize("event", list(GoalEvent))
def test_nothing_leaves_an_end_state(state, event):
    with pytest.raises(GoalTransitionError):
        next_state(state, event)


def goal(number, stamp_s, *, is_active=True):
    goal_id = UUID(uuid=[number] * 16)
    info = GoalInfo(goal_id=goal_id, stamp=Time(sec=stamp_s))
    return SimpleNamespace(goal_id=goal_id, goal_info=info, is_active=is_active)


GOALS = [goal(1, 10), goal(2, 20), goal(3, 30), goal(4, 40, is_active=False)]


@pytest.mark.parametrize(
    ("number", "stamp_s", "code", "chosen"),
    [
        (0, 0, 0, [1, 2, 3]),
        (0, 20, 0, [1, 2]),
        (2, 0, 0, [2]),
        (3, 20, 0, [3, 1, 2]),
        (9, 0, 2, []),
        (4, 0, 3, []),
        (0, 5, 0, []),
    ],
)
def test_cancel_request_selects_goals(number, stamp_s, code, chosen):
    wanted = GoalInfo(goal_id=UUID(uuid=[number] * 16), stamp=Time(sec=stamp_s))
    return_code, goals = goals_to_cancel(wanted, GOALS)
    assert return_code == code
    assert [int(item.goal_id.uuid[0]) for item in goals] == chosen
