# SPDX-License-Identifier: Apache-2.0
"""The services and the event topic of a managed node. The user's callbacks are in ``node``."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from lifecycle_msgs.msg import State, Transition, TransitionDescription, TransitionEvent
from lifecycle_msgs.srv import ChangeState, GetAvailableStates, GetAvailableTransitions, GetState

from rclpy.lifecycle.state_machine import (
    STATES,
    TRANSITIONS,
    LifecycleState,
    LifecycleStateMachine,
    LifecycleTransition,
    LifecycleTransitionError,
    TransitionCallbackReturn,
)


class LifecycleInterface:
    """Serves the life cycle under ``~/``.

    Args:
        node: The managed node.
        machine: Its states.
        change_state: Follows a transition given by number or label.
        callback_group: Group of the services.
    """

    def __init__(
        self,
        node: Any,
        machine: LifecycleStateMachine,
        change_state: Callable[[int | str], TransitionCallbackReturn],
        callback_group: Any = None,
    ) -> None:
        self._node = node
        self._machine = machine
        self._change_state = change_state
        self._events = node.create_publisher(TransitionEvent, "~/transition_event", 10)
        services = (
            (ChangeState, "change_state", self._on_change_state),
            (GetState, "get_state", self._on_get_state),
            (GetAvailableStates, "get_available_states", self._on_get_available_states),
            (GetAvailableTransitions, "get_available_transitions", self._on_get_available_transitions),
            (GetAvailableTransitions, "get_transition_graph", self._on_get_transition_graph),
        )
        for type_, name, callback in services:
            node.create_service(type_, f"~/{name}", callback, callback_group=callback_group)

    def publish_event(self, transition: LifecycleTransition) -> None:
        """Tell the graph that a transition was followed."""
        self._events.publish(
            TransitionEvent(
                timestamp=time.time_ns(),
                transition=Transition(id=transition.transition_id, label=transition.label),
                start_state=_state_message(STATES[transition.start_id]),
                goal_state=_state_message(STATES[transition.goal_id]),
            )
        )

    def _on_change_state(self, request: Any, response: Any) -> Any:
        try:
            answer = self._change_state(request.transition.label or request.transition.id)
        except LifecycleTransitionError as error:
            self._node.get_logger().error(str(error))
            response.success = False
            return response
        response.success = answer == TransitionCallbackReturn.SUCCESS
        return response

    def _on_get_state(self, _request: Any, response: Any) -> Any:
        response.current_state = _state_message(self._machine.state)
        return response

    def _on_get_available_states(self, _request: Any, response: Any) -> Any:
        response.available_states = [_state_message(state) for state in STATES.values()]
        return response

    def _on_get_available_transitions(self, _request: Any, response: Any) -> Any:
        response.available_transitions = _descriptions(self._machine.available)
        return response

    def _on_get_transition_graph(self, _request: Any, response: Any) -> Any:
        response.available_transitions = _descriptions(TRANSITIONS)
        return response


def _state_message(state: LifecycleState) -> State:
    return State(id=state.state_id, label=state.label)


def _descriptions(transitions: Iterable[LifecycleTransition]) -> list[TransitionDescription]:
    return [
        TransitionDescription(
            transition=Transition(id=item.transition_id, label=item.label),
            start_state=_state_message(STATES[item.start_id]),
            goal_state=_state_message(STATES[item.goal_id]),
        )
        for item in transitions
    ]
