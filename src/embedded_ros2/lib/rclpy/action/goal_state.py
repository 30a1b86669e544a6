# SPDX-License-Identifier: Apache-2.0
"""The life of one goal on its server, as the ROS 2 design article "Actions" draws it. No messages are sent here."""

from __future__ import annotations

from enum import Enum, IntEnum

from action_msgs.msg import GoalStatus


class GoalState(IntEnum):
    """State of a goal; numbered as ``action_msgs/msg/GoalStatus``."""

    UNKNOWN = GoalStatus.STATUS_UNKNOWN
    ACCEPTED = GoalStatus.STATUS_ACCEPTED
    EXECUTING = GoalStatus.STATUS_EXECUTING
    CANCELING = GoalStatus.STATUS_CANCELING
    SUCCEEDED = GoalStatus.STATUS_SUCCEEDED
    CANCELED = GoalStatus.STATUS_CANCELED
    ABORTED = GoalStatus.STATUS_ABORTED


class GoalEvent(Enum):
    """What moves a goal to its next state."""

    EXECUTE = "execute"
    CANCEL_GOAL = "cancel goal"
    SUCCEED = "succeed"
    ABORT = "abort"
    CANCELED = "canceled"


ACTIVE_STATES = frozenset({GoalState.ACCEPTED, GoalState.EXECUTING, GoalState.CANCELING})

_NEXT = {
    (GoalState.ACCEPTED, GoalEvent.EXECUTE): GoalState.EXECUTING,
    (GoalState.ACCEPTED, GoalEvent.CANCEL_GOAL): GoalState.CANCELING,
    (GoalState.EXECUTING, GoalEvent.CANCEL_GOAL): GoalState.CANCELING,
    (GoalState.EXECUTING, GoalEvent.SUCCEED): GoalState.SUCCEEDED,
    (GoalState.EXECUTING, GoalEvent.ABORT): GoalState.ABORTED,
    (GoalState.CANCELING, GoalEvent.SUCCEED): GoalState.SUCCEEDED,
    (GoalState.CANCELING, GoalEvent.ABORT): GoalState.ABORTED,
    (GoalState.CANCELING, GoalEvent.CANCELED): GoalState.CANCELED,
}


class GoalTransitionError(RuntimeError):
    """An event that the goal's state does not allow."""


def next_state(state: GoalState, event: GoalEvent) -> GoalState:
    """Return the state after an event.

    Raises:
        GoalTransitionError: The state does not allow the event.
    """
    try:
        return _NEXT[state, event]
    except KeyError:
        raise GoalTransitionError(
            f"goal_handle attempted invalid transition from state {state.name} with event {event.name}"
        ) from None
