# SPDX-License-Identifier: Apache-2.0
"""Services and clients."""

import threading

import pytest
from example_interfaces.srv import AddTwoInts
from std_srvs.srv import Trigger

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import SingleThreadedExecutor
from rclpy.task import Future


def add(request, response):
    response.sum = request.a + request.b
    return response


def test_response_belongs_to_its_request(ros):
    node = ros.node()
    node.create_service(AddTwoInts, "add", add)
    clients = [node.create_client(AddTwoInts, "add") for _ in range(2)]
    ros.spin_until(lambda: all(client.service_is_ready() for client in clients))
    futures = [clients[a % 2].call_async(AddTwoInts.Request(a=a, b=1)) for a in range(6)]
    ros.spin_until(lambda: all(future.done() for future in futures))
    assert [future.result().sum for future in futures] == [1, 2, 3, 4, 5, 6]


def test_client_is_not_ready_without_a_server_nor_after_it_left(ros):
    node = ros.node()
    client = node.create_client(Trigger, "trigger")
    assert not client.wait_for_service(timeout_sec=0.05)
    service = node.create_service(Trigger, "trigger", lambda request, response: response)
    assert client.wait_for_service(timeout_sec=20)
    node.destroy_service(service)
    ros.spin_until(lambda: not client.service_is_ready())


def test_async_callback_may_call_another_service(ros):
    node, group = ros.node(), ReentrantCallbackGroup()
    node.create_service(AddTwoInts, "inner", add, callback_group=group)
    inner = node.create_client(AddTwoInts, "inner", callback_group=group)

    async def outer(request, response):
        response.sum = 10 * (await inner.call_async(request)).sum
        return response

    node.create_service(AddTwoInts, "outer", outer, callback_group=group)
    client = node.create_client(AddTwoInts, "outer", callback_group=group)
    ros.spin_until(lambda: inner.service_is_ready() and client.service_is_ready())
    future = client.call_async(AddTwoInts.Request(a=1, b=2))
    ros.spin_until(future.done)
    assert future.result().sum == 30


def test_blocking_call_returns_while_another_thread_spins(ros):
    node = ros.node()
    node.create_service(AddTwoInts, "add", add)
    client = node.create_client(AddTwoInts, "add")
    assert client.wait_for_service(timeout_sec=20)
    answers = []
    caller = threading.Thread(target=lambda: answers.append(client.call(AddTwoInts.Request(a=2, b=3))))
    caller.start()
    ros.spin_until(lambda: answers)
    caller.join()
    assert answers[0].sum == 5


def test_request_of_another_type_is_a_type_error(ros):
    client = ros.node().create_client(AddTwoInts, "add")
    with pytest.raises(TypeError):
        client.call_async(Trigger.Request())


def test_awaiting_a_future_resumes_when_it_is_done(ros):
    executor, future, seen = ros.executor, Future(), []

    async def wait():
        seen.append(await future)
        return "end"

    task = executor.create_task(wait)
    ros.spin_until(lambda: not task.executing())
    future.set_result(7)
    ros.spin_until(task.done)
    assert (seen, task.result()) == ([7], "end")


def test_exception_in_a_callback_leaves_spin(ros):
    def fail():
        raise ValueError("from the callback")

    ros.node().create_timer(0.0, fail)
    with pytest.raises(ValueError, match="from the callback"):
        ros.executor.spin_once(timeout_sec=20)
    assert isinstance(ros.executor, SingleThreadedExecutor)
