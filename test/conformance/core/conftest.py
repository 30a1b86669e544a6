# SPDX-License-Identifier: Apache-2.0
"""Fixtures over the public API of rclpy only, so that the tests run on a real one too."""

import itertools
import time
from collections.abc import Callable, Iterator

import pytest

import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

# Generous: the machines of continuous integration are slow, and a passing test does not wait for it.
DEADLINE_S = 20.0


class Ros:
    """A context with an executor; makes nodes and spins until something holds."""

    def __init__(self, context: Context):
        self.context = context
        self.executor = SingleThreadedExecutor(context=context)
        self.nodes: list[Node] = []  # also those that a test gives to an executor of its own
        self._names = (f"node_{number}" for number in itertools.count())

    def node(self, name: str | None = None, **options: object) -> Node:
        """Return a new node that the executor runs."""
        node = rclpy.create_node(name or next(self._names), context=self.context, **options)
        self.executor.add_node(node)
        self.nodes.append(node)
        return node

    def spin_until(self, condition: Callable[[], object], deadline_s: float = DEADLINE_S) -> None:
        """Run callbacks until the condition holds; fail after the deadline."""
        end = time.monotonic() + deadline_s
        while not condition():
            assert time.monotonic() < end, "the condition did not come true in time"
            self.executor.spin_once(timeout_sec=0.05)


@pytest.fixture
def ros() -> Iterator[Ros]:
    """A context of its own, initialised without arguments."""
    context = Context()
    rclpy.init(args=[], context=context)
    ros = Ros(context)
    yield ros
    for node in ros.nodes:
        node.destroy_node()
    ros.executor.shutdown()
    context.try_shutdown()  # the test may have done so
