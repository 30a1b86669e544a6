# SPDX-License-Identifier: Apache-2.0
"""Managed nodes: transitions by call and by service, refusals, errors, managed publishers."""

import pytest
from lifecycle_msgs.msg import State, Transition, TransitionEvent
from lifecycle_msgs.srv import ChangeState, GetAvailableStates, GetAvailableTransitions, GetState
from std_msgs.msg import String

from rclpy.lifecycle import LifecycleNode, TransitionCallbackReturn

SUCCESS, FAILURE, ERROR = (
    TransitionCallbackReturn.SUCCESS,
    TransitionCallbackReturn.FAILURE,
    TransitionCallbackReturn.ERROR,
)


class Managed(LifecycleNode):
    """Answers as told and notes the state each callback came from."""

    def __init__(self, **answers):
        super().__init__("managed")
        self.answers = answers
        self.calls = []

    def _note(self, name, state, default):
        self.calls.append((name, state.label))
        answer = self.answers.get(name, default)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def on_configure(self, state):
        return self._note("configure", state, SUCCESS)

    def on_activate(self, state):
        return self._note("activate", state, super().on_activate(state))

    def on_deactivate(self, state):
        return self._note("deactivate", state, super().on_deactivate(state))

    def on_cleanup(self, state):
        return self._note("cleanup", state, SUCCESS)

    def on_shutdown(self, state):
        return self._note("shutdown", state, SUCCESS)

    def on_error(self, state):
        return self._note("error", state, SUCCESS)


@pytest.fixture
def remote(spinning, make_node, wait_for, result_of):
    """Return a function that makes a managed node and a caller of its services."""

    def make(**answers):
        node = spinning(Managed(**answers))
        caller = make_node("caller")

        def call(type_, name, **fields):
            client = caller.create_client(type_, f"/managed/{name}")
            wait_for(client.service_is_ready, name)
            response = result_of(client.call_async(type_.Request(**fields)))
            caller.destroy_client(client)
            return response

        return node, call

    return make


def change(call, transition_id=0, label=""):
    return call(ChangeState, "change_state", transition=Transition(id=transition_id, label=label)).success


def state(call):
    return call(GetState, "get_state").current_state.label


def test_whole_life_over_the_services(remote):
    node, call = remote()
    labels = [state(call)]
    for transition_id in (
        Transition.TRANSITION_CONFIGURE,
        Transition.TRANSITION_ACTIVATE,
        Transition.TRANSITION_DEACTIVATE,
        Transition.TRANSITION_CLEANUP,
        Transition.TRANSITION_UNCONFIGURED_SHUTDOWN,
    ):
        assert change(call, transition_id)
        labels.append(state(call))
    assert labels == ["unconfigured", "inactive", "active", "inactive", "unconfigured", "finalized"]
    assert node.calls == [
        ("configure", "unconfigured"),
        ("activate", "inactive"),
        ("deactivate", "active"),
        ("cleanup", "inactive"),
        ("shutdown", "unconfigured"),
    ]


def test_transition_can_be_named(remote):
    _, call = remote()
    assert change(call, label="configure")
    assert change(call, label="shutdown")
    assert state(call) == "finalized"


def test_transition_from_another_state_is_refused(remote):
    # By call: over the service an answer is not promised, since the error ends the spin of rclpy up to Jazzy.
    node, call = remote()
    with pytest.raises(RuntimeError):
        node.trigger_activate()
    assert state(call) == "unconfigured"
    assert not change(call, label="no_such_transition")


def test_failure_goes_back(remote):
    _, call = remote(configure=FAILURE)
    assert not change(call, Transition.TRANSITION_CONFIGURE)
    assert state(call) == "unconfigured"


@pytest.mark.parametrize("answer", [ERROR, ValueError("broken")])
@pytest.mark.parametrize(
    ("error_answer", "end"), [(SUCCESS, "unconfigured"), (FAILURE, "finalized"), (ERROR, "finalized")]
)
def test_error_is_processed(remote, answer, error_answer, end):
    node, call = remote(activate=answer, error=error_answer)
    assert change(call, Transition.TRANSITION_CONFIGURE)
    assert not change(call, Transition.TRANSITION_ACTIVATE)
    assert state(call) == end
    assert node.calls[-1][0] == "error"


def test_available_states_and_transitions_are_told(remote):
    _, call = remote()
    states = call(GetAvailableStates, "get_available_states").available_states
    assert {item.label for item in states} >= {"unconfigured", "inactive", "active", "finalized", "errorprocessing"}
    offered = call(GetAvailableTransitions, "get_available_transitions").available_transitions
    assert {item.transition.label for item in offered} == {"configure", "shutdown"}
    graph = call(GetAvailableTransitions, "get_transition_graph").available_transitions
    edge = next(item for item in graph if item.transition.id == Transition.TRANSITION_ON_CONFIGURE_SUCCESS)
    assert (edge.start_state.label, edge.goal_state.id) == ("configuring", State.PRIMARY_STATE_INACTIVE)


def test_transitions_by_call(spinning):
    node = spinning(Managed())
    assert node.trigger_configure() == SUCCESS
    assert node.trigger_activate() == SUCCESS
    assert node.trigger_deactivate() == SUCCESS
    assert node.trigger_cleanup() == SUCCESS
    assert node.trigger_shutdown() == SUCCESS


def test_transitions_are_announced(spinning, make_node, wait_for):
    node = spinning(Managed())
    goals = []
    make_node("listener").create_subscription(
        TransitionEvent, "/managed/transition_event", lambda event: goals.append(event.goal_state.label), 10
    )
    wait_for(lambda: node.count_subscribers("/managed/transition_event") == 1, "the subscription")
    node.trigger_configure()
    wait_for(lambda: len(goals) == 2, "the events")
    assert goals == ["configuring", "inactive"]


def test_managed_publisher_is_silent_unless_active(spinning, make_node, wait_for):
    node = spinning(Managed())
    publisher = node.create_lifecycle_publisher(String, "words", 10)
    heard = []
    make_node("listener").create_subscription(String, "words", lambda message: heard.append(message.data), 10)
    wait_for(lambda: publisher.get_subscription_count() == 1, "the subscription")
    node.trigger_configure()
    publisher.publish(String(data="inactive"))
    node.trigger_activate()
    assert publisher.is_activated
    publisher.publish(String(data="active"))
    node.trigger_deactivate()
    publisher.publish(String(data="inactive again"))
    node.trigger_activate()
    publisher.publish(String(data="end"))
    wait_for(lambda: heard[-1:] == ["end"], "the last word")
    assert heard == ["active", "end"]
