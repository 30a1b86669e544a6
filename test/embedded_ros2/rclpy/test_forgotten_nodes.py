# SPDX-License-Identifier: Apache-2.0
"""A node that nobody destroyed: the collector may find it anywhere."""

import pytest

import rclpy


@pytest.fixture
def context():
    context = rclpy.Context()
    context.init(args=[])
    yield context
    context.try_shutdown()


def names(context):
    return [node.name for node in context.graph.nodes() if not node.name.startswith("_")]


def test_the_collector_may_come_within_a_call_that_holds_the_lock_of_the_graph(context):
    node = rclpy.create_node("forgotten", context=context)
    with context.graph._lock:
        node.__del__()
    later = rclpy.create_node("later", context=context)
    assert names(context) == ["later"]
    later.destroy_node()
