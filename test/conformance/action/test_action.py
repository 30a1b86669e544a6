# SPDX-License-Identifier: Apache-2.0
"""Action server and client: acceptance, feedback, results, cancelling, several goals."""

import threading

import pytest
from action_msgs.msg import GoalStatus
from action_msgs.srv import CancelGoal
from example_interfaces.action import Fibonacci

from rclpy.action import ActionClient, ActionServer, CancelResponse, GoalResponse, get_action_names_and_types
from rclpy.callback_groups import ReentrantCallbackGroup


def fibonacci(goal_handle):
    result = count_up(goal_handle)
    goal_handle.succeed()
    return result


def count_up(goal_handle):
    sequence = [0, 1]
    for index in range(1, goal_handle.request.order):
        sequence.append(sequence[index] + sequence[index - 1])
        goal_handle.publish_feedback(Fibonacci.Feedback(sequence=sequence))
    return Fibonacci.Result(sequence=sequence)


@pytest.fixture
def serve(make_node, wait_for, destroyed_at_the_end):
    """Return a function that makes a server and a connected client of the action ``count``."""

    def make(execute_callback, **kwargs):
        server = ActionServer(
            make_node("server"), Fibonacci, "count", execute_callback, callback_group=ReentrantCallbackGroup(), **kwargs
        )
        client = ActionClient(make_node("client"), Fibonacci, "count")
        destroyed_at_the_end.extend((server, client))
        wait_for(client.server_is_ready, "the action server")
        return client

    return make


def test_goal_succeeds_with_feedback_and_result(serve, result_of, wait_for):
    feedback, heard = [], threading.Event()

    def execute(goal_handle):
        result = count_up(goal_handle)
        heard.wait(30)  # a client forgets the callback when the goal's end overtakes its feedback
        goal_handle.succeed()
        return result

    client = serve(execute)
    goal = result_of(client.send_goal_async(Fibonacci.Goal(order=5), feedback.append))
    assert goal.accepted
    wait_for(lambda: len(feedback) == 4, "the feedback")
    heard.set()
    response = result_of(goal.get_result_async())
    assert response.status == GoalStatus.STATUS_SUCCEEDED
    assert list(response.result.sequence) == [0, 1, 1, 2, 3, 5]
    assert list(feedback[-1].feedback.sequence) == [0, 1, 1, 2, 3, 5]
    assert bytes(feedback[0].goal_id.uuid) == bytes(goal.goal_id.uuid)


def test_goal_can_be_rejected(serve, result_of):
    client = serve(fibonacci, goal_callback=lambda goal: GoalResponse.REJECT if goal.order < 0 else GoalResponse.ACCEPT)
    assert not result_of(client.send_goal_async(Fibonacci.Goal(order=-1))).accepted
    assert result_of(client.send_goal_async(Fibonacci.Goal(order=1))).accepted


def test_coroutine_executes_a_goal(serve, result_of):
    async def execute(goal_handle):
        goal_handle.succeed()
        return Fibonacci.Result(sequence=[goal_handle.request.order])

    client = serve(execute)
    goal = result_of(client.send_goal_async(Fibonacci.Goal(order=3)))
    assert list(result_of(goal.get_result_async()).result.sequence) == [3]


def test_goal_can_be_aborted(serve, result_of):
    def execute(goal_handle):
        goal_handle.abort()
        return Fibonacci.Result(sequence=[1])

    client = serve(execute)
    response = result_of(result_of(client.send_goal_async(Fibonacci.Goal())).get_result_async())
    assert (response.status, list(response.result.sequence)) == (GoalStatus.STATUS_ABORTED, [1])


def test_exception_aborts_the_goal(serve, result_of):
    def execute(_goal_handle):
        raise ValueError("broken")

    client = serve(execute)
    response = result_of(result_of(client.send_goal_async(Fibonacci.Goal())).get_result_async())
    assert response.status == GoalStatus.STATUS_ABORTED


def test_goal_without_end_state_is_aborted(serve, result_of):
    client = serve(lambda _goal_handle: Fibonacci.Result())
    response = result_of(result_of(client.send_goal_async(Fibonacci.Goal())).get_result_async())
    assert response.status == GoalStatus.STATUS_ABORTED


def cancellable(started):
    def execute(goal_handle):
        started.set()
        while not goal_handle.is_cancel_requested:
            threading.Event().wait(0.005)
        goal_handle.canceled()
        return Fibonacci.Result(sequence=[7])

    return execute


def test_running_goal_is_cancelled(serve, result_of, wait_for):
    started = threading.Event()
    client = serve(cancellable(started), cancel_callback=lambda _goal: CancelResponse.ACCEPT)
    goal = result_of(client.send_goal_async(Fibonacci.Goal()))
    result = goal.get_result_async()
    wait_for(started.is_set, "the execution")
    answer = result_of(goal.cancel_goal_async())
    assert answer.return_code == CancelGoal.Response.ERROR_NONE
    assert [bytes(item.goal_id.uuid) for item in answer.goals_canceling] == [bytes(goal.goal_id.uuid)]
    response = result_of(result)
    assert (response.status, list(response.result.sequence)) == (GoalStatus.STATUS_CANCELED, [7])
    again = result_of(goal.cancel_goal_async())
    assert again.return_code == CancelGoal.Response.ERROR_GOAL_TERMINATED


def test_cancelling_is_refused_by_default(serve, result_of, wait_for):
    started, release = threading.Event(), threading.Event()

    def execute(goal_handle):
        started.set()
        release.wait(30)
        goal_handle.succeed()
        return Fibonacci.Result()

    client = serve(execute)
    goal = result_of(client.send_goal_async(Fibonacci.Goal()))
    wait_for(started.is_set, "the execution")
    # The return code says only that the request was understood: rclpy and rclcpp differ in it.
    assert not result_of(goal.cancel_goal_async()).goals_canceling
    release.set()
    assert result_of(goal.get_result_async()).status == GoalStatus.STATUS_SUCCEEDED


def test_goals_run_side_by_side_and_keep_their_results(serve, result_of):
    both = threading.Barrier(2, timeout=30)

    def execute(goal_handle):
        both.wait()
        goal_handle.succeed()
        return Fibonacci.Result(sequence=[goal_handle.request.order])

    client = serve(execute)
    sent = [client.send_goal_async(Fibonacci.Goal(order=number)) for number in (1, 2)]
    results = [result_of(result_of(item).get_result_async()) for item in sent]
    assert [list(item.result.sequence) for item in results] == [[1], [2]]


def test_accepted_goal_may_be_executed_later(serve, result_of, wait_for):
    waiting = []
    client = serve(fibonacci, handle_accepted_callback=waiting.append)
    goal = result_of(client.send_goal_async(Fibonacci.Goal(order=2)))
    wait_for(lambda: waiting, "the accepted goal")
    assert waiting[0].status == GoalStatus.STATUS_ACCEPTED
    waiting[0].execute()
    assert result_of(goal.get_result_async()).status == GoalStatus.STATUS_SUCCEEDED


def test_goal_may_outlive_its_server(make_node, result_of, wait_for, destroyed_at_the_end):
    started, release, outcome = threading.Event(), threading.Event(), []

    def execute(goal_handle):
        started.set()
        release.wait(30)
        goal_handle.publish_feedback(Fibonacci.Feedback())
        goal_handle.succeed()
        outcome.append(goal_handle.status)
        return Fibonacci.Result()

    server = ActionServer(make_node("server"), Fibonacci, "count", execute)
    client = ActionClient(make_node("client"), Fibonacci, "count")
    destroyed_at_the_end.append(client)
    wait_for(client.server_is_ready, "the action server")
    assert result_of(client.send_goal_async(Fibonacci.Goal())).accepted
    wait_for(started.is_set, "the execution")
    server.destroy()
    release.set()
    assert wait_for(lambda: outcome, "the end of the goal") == [GoalStatus.STATUS_UNKNOWN]


def test_status_of_the_goal_is_followed(serve, result_of, wait_for):
    client = serve(fibonacci)
    goal = result_of(client.send_goal_async(Fibonacci.Goal(order=2)))
    result_of(goal.get_result_async())
    wait_for(lambda: goal.status == GoalStatus.STATUS_SUCCEEDED, "the status")


def test_action_is_in_the_graph(serve, make_node, wait_for):
    serve(fibonacci)
    node = make_node("viewer")
    expected = ("/count", ["example_interfaces/action/Fibonacci"])
    wait_for(lambda: expected in get_action_names_and_types(node), "the action in the graph")


def test_goal_of_another_type_is_refused(serve):
    client = serve(fibonacci)
    with pytest.raises(TypeError):
        client.send_goal_async(Fibonacci.Result())
