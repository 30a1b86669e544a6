# SPDX-License-Identifier: Apache-2.0
"""What the conformance tests share. They use the public API only, so that they run on a real rclpy as well."""

import contextlib
import threading
import time

import pytest

import rclpy
from rclpy.exceptions import InvalidHandle
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node

# Far beyond what anything here takes, so that a loaded machine does not fail a test.
DEADLINE_S = 30.0


@pytest.fixture
def destroyed_at_the_end():
    """Return a list; what is in it is destroyed once nothing spins any more."""
    return []


@pytest.fixture
def spinning(destroyed_at_the_end):
    """Initialise rclpy; spin in the background every node that is handed to the returned function."""
    rclpy.init(args=[])
    executor = MultiThreadedExecutor(num_threads=4)
    nodes = []

    def add(node):
        nodes.append(node)
        executor.add_node(node)
        return node

    def spin():
        # A real executor that is shut down while a callback ends may trigger a guard condition that is gone.
        with contextlib.suppress(InvalidHandle):
            executor.spin()

    thread = threading.Thread(target=spin, daemon=True)
    thread.start()
    yield add
    executor.shutdown()
    thread.join()
    for item in reversed(destroyed_at_the_end):
        item.destroy()
    for node in nodes:
        node.destroy_node()
    rclpy.shutdown()


@pytest.fixture
def make_node(spinning):
    """Return a function that makes a spinning node."""

    def make(name="node", **kwargs):
        return spinning(Node(name, **kwargs))

    return make


@pytest.fixture
def wait_for():
    """Return a function that waits until a condition holds and returns its value; it fails after a long time."""

    def wait(condition, what="the condition"):
        end = time.monotonic() + DEADLINE_S
        while not (value := condition()):
            assert time.monotonic() < end, f"{what} did not come within {DEADLINE_S} s"
            time.sleep(0.005)
        return value

    return wait


@pytest.fixture
def result_of(wait_for):
    """Return a function that waits for a future and returns its result."""

    def result(future):
        wait_for(future.done, "the future")
        return future.result()

    return result
