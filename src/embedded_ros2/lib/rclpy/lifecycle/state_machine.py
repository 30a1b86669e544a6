# SPDX-License-Identifier: Apache-2.0
"""The states and transitions of a managed node, as the ROS 2 design article "Managed nodes" draws them. No node."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from lifecycle_msgs.msg import State, Transition


class LifecycleState(NamedTuple):
    """A state as callbacks get it."""

    label: str
    state_id: int


class TransitionCallbackReturn(Enum):
    """What a transition callback answers."""

    SUCCESS = Transition.TRANSITION_CALLBACK_SUCCESS
    FAILURE = Transition.TRANSITION_CALLBACK_FAILURE
    ERROR = Transition.TRANSITION_CALLBACK_ERROR

    def to_label(self) -> str:
        """Return the label of the transition that this answer triggers."""
        return f"transition_{self.name.lower()}"


@dataclass(frozen=True, slots=True)
class LifecycleTransition:
    """An edge of the graph; states by number."""

    transition_id: int
    label: str
    start_id: int
    goal_id: int


class LifecycleTransitionError(RuntimeError):
    """A transition that does not start at the current state."""


STATES = {
    state.state_id: state
    for state in (
        LifecycleState("unknown", State.PRIMARY_STATE_UNKNOWN),
        LifecycleState("unconfigured", State.PRIMARY_STATE_UNCONFIGURED),
        LifecycleState("inactive", State.PRIMARY_STATE_INACTIVE),
        LifecycleState("active", State.PRIMARY_STATE_ACTIVE),
        LifecycleState("finalized", State.PRIMARY_STATE_FINALIZED),
        LifecycleState("configuring", State.TRANSITION_STATE_CONFIGURING),
        LifecycleState("cleaningup", State.TRANSITION_STATE_CLEANINGUP),
        LifecycleState("shuttingdown", State.TRANSITION_STATE_SHUTTINGDOWN),
        LifecycleState("activating", State.TRANSITION_STATE_ACTIVATING),
        LifecycleState("deactivating", State.TRANSITION_STATE_DEACTIVATING),
        LifecycleState("errorprocessing", State.TRANSITION_STATE_ERRORPROCESSING),
    )
}


def _outcomes(base_id: int, busy_id: int, goals: tuple[int, int, int]) -> list[LifecycleTransition]:
    labels = ("transition_success", "transition_failure", "transition_error")
    return [
        LifecycleTransition(base_id + offset, label, busy_id, goal)
        for offset, (label, goal) in enumerate(zip(labels, goals, strict=True))
    ]


def _transitions() -> list[LifecycleTransition]:
    unconfigured, inactive = State.PRIMARY_STATE_UNCONFIGURED, State.PRIMARY_STATE_INACTIVE
    active, finalized = State.PRIMARY_STATE_ACTIVE, State.PRIMARY_STATE_FINALIZED
    configuring, cleaningup = State.TRANSITION_STATE_CONFIGURING, State.TRANSITION_STATE_CLEANINGUP
    activating, deactivating = State.TRANSITION_STATE_ACTIVATING, State.TRANSITION_STATE_DEACTIVATING
    shuttingdown, error = State.TRANSITION_STATE_SHUTTINGDOWN, State.TRANSITION_STATE_ERRORPROCESSING
    edge = LifecycleTransition
    return [
        edge(Transition.TRANSITION_CONFIGURE, "configure", unconfigured, configuring),
        *_outcomes(Transition.TRANSITION_ON_CONFIGURE_SUCCESS, configuring, (inactive, unconfigured, error)),
        edge(Transition.TRANSITION_CLEANUP, "cleanup", inactive, cleaningup),
        *_outcomes(Transition.TRANSITION_ON_CLEANUP_SUCCESS, cleaningup, (unconfigured, inactive, error)),
        edge(Transition.TRANSITION_ACTIVATE, "activate", inactive, activating),
        *_outcomes(Transition.TRANSITION_ON_ACTIVATE_SUCCESS, activating, (active, inactive, error)),
        edge(Transition.TRANSITION_DEACTIVATE, "deactivate", active, deactivating),
        *_outcomes(Transition.TRANSITION_ON_DEACTIVATE_SUCCESS, deactivating, (inactive, active, error)),
        edge(Transition.TRANSITION_UNCONFIGURED_SHUTDOWN, "shutdown", unconfigured, shuttingdown),
        edge(Transition.TRANSITION_INACTIVE_SHUTDOWN, "shutdown", inactive, shuttingdown),
        edge(Transition.TRANSITION_ACTIVE_SHUTDOWN, "shutdown", active, shuttingdown),
        *_outcomes(Transition.TRANSITION_ON_SHUTDOWN_SUCCESS, shuttingdown, (finalized, finalized, error)),
        *_outcomes(Transition.TRANSITION_ON_ERROR_SUCCESS, error, (unconfigured, finalized, finalized)),
    ]


TRANSITIONS = tuple(_transitions())


class LifecycleStateMachine:
    """The current state; starts unconfigured."""

    def __init__(self) -> None:
        self._state = STATES[State.PRIMARY_STATE_UNCONFIGURED]

    @property
    def state(self) -> LifecycleState:
        """The current state."""
        return self._state

    @property
    def available(self) -> list[LifecycleTransition]:
        """The transitions that start at the current state."""
        return [item for item in TRANSITIONS if item.start_id == self._state.state_id]

    def find(self, key: int | str) -> LifecycleTransition:
        """Return the transition from the current state with a number or a label.

        Raises:
            LifecycleTransitionError: There is none.
        """
        for item in self.available:
            if key in (item.transition_id, item.label):
                return item
        offered = ", ".join(f"{item.label} ({item.transition_id})" for item in self.available) or "none"
        raise LifecycleTransitionError(
            f"No transition matching {key} found for current state {self._state.label}; available: {offered}"
        )

    def trigger(self, key: int | str) -> LifecycleTransition:
        """Follow a transition and return it; raises as :meth:`find`."""
        transition = self.find(key)
        self._state = STATES[transition.goal_id]
        return transition
