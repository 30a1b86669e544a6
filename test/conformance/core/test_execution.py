# SPDX-License-Identifier: Apache-2.0
"""Timers, simulated time, executors and callback groups."""

import contextlib
import threading

import pytest
from rosgraph_msgs.msg import Clock

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup, ReentrantCallbackGroup
from rclpy.clock import ClockType
from rclpy.executors import ExternalShutdownException, MultiThreadedExecutor
from rclpy.parameter import Parameter
from rclpy.time import Time


def test_timer_counts_and_stops_when_cancelled(ros):
    calls = []
    timer = ros.node().create_timer(0.001, lambda: calls.append(None))
    ros.spin_until(lambda: len(calls) == 3)
    timer.cancel()
    ros.executor.spin_once(timeout_sec=0.02)
    assert len(calls) == 3
    assert timer.is_canceled()
    timer.reset()
    ros.spin_until(lambda: len(calls) == 4)


def test_timer_follows_simulated_time_only(ros):
    node = ros.node(parameter_overrides=[Parameter("use_sim_time", value=True)])
    publisher = node.create_publisher(Clock, "/clock", 10)
    calls = []
    node.create_timer(1.0, lambda: calls.append(node.get_clock().now().nanoseconds))
    ros.spin_until(lambda: publisher.get_subscription_count() == 1)

    def show(seconds):
        publisher.publish(Clock(clock=Time(seconds=seconds).to_msg()))
        ros.spin_until(lambda: node.get_clock().now().nanoseconds == int(seconds * 1e9))

    show(100.25)
    ros.spin_until(lambda: calls)  # due since 1 s
    calls.clear()
    show(100.5)
    ros.executor.spin_once(timeout_sec=0.02)
    assert calls == []
    show(101.5)
    ros.spin_until(lambda: calls)
    assert calls == [101_500_000_000]


def test_simulated_clock_starts_at_zero(ros):
    node = ros.node(parameter_overrides=[Parameter("use_sim_time", value=True)])
    assert node.get_clock().now() == Time(clock_type=ClockType.ROS_TIME)


@pytest.fixture
def pool(ros):
    executor = MultiThreadedExecutor(num_threads=3, context=ros.context)
    spinner = threading.Thread(target=executor.spin)
    yield executor, spinner
    executor.shutdown()
    spinner.join(20)
    assert not spinner.is_alive()


def test_reentrant_callbacks_run_at_the_same_time(ros, pool):
    executor, spinner = pool
    node, group, together = ros.node(), ReentrantCallbackGroup(), threading.Barrier(2)
    met = threading.Event()

    def meet():
        with contextlib.suppress(threading.BrokenBarrierError):
            together.wait(20)
            met.set()

    for _ in range(2):
        node.create_timer(0.01, meet, callback_group=group)
    executor.add_node(node)
    spinner.start()
    try:
        assert met.wait(20)
    finally:
        for timer in node.timers:
            timer.cancel()
        together.abort()


def test_mutually_exclusive_callbacks_never_overlap(ros, pool):
    executor, spinner = pool
    node, group, inside, overlaps = ros.node(), MutuallyExclusiveCallbackGroup(), [], []
    done = threading.Event()
    calls = []

    def count():
        inside.append(None)
        overlaps.append(len(inside) > 1)
        calls.append(None)
        inside.pop()
        if len(calls) > 200:
            done.set()

    for _ in range(3):
        node.create_timer(0.0005, count, callback_group=group)
    executor.add_node(node)
    spinner.start()
    assert done.wait(20)
    assert not any(overlaps)


def test_guard_condition_runs_its_callback(ros):
    calls = []
    guard = ros.node().create_guard_condition(lambda: calls.append(None))
    guard.trigger()
    ros.spin_until(lambda: calls)
    assert len(calls) == 1


def test_shutdown_from_another_thread_ends_the_spin(ros):
    ros.node()
    threading.Timer(0.05, ros.context.try_shutdown).start()
    with pytest.raises(ExternalShutdownException):
        while True:
            ros.executor.spin_once(timeout_sec=20)
