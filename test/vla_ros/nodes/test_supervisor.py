# SPDX-License-Identifier: Apache-2.0
"""The supervisor brings real lifecycle nodes up, says when all are ready, and brings back the one that died."""

import threading
import time
from pathlib import Path

import pytest
from std_msgs.msg import Bool

import rclpy
from rclpy.executors import MultiThreadedExecutor
from rclpy.lifecycle import LifecycleNode, TransitionCallbackReturn
from rclpy.node import Node
from vla_ros.interfaces import interface
from vla_ros.nodes.qos import interface_qos
from vla_ros.nodes.supervisor_node import SupervisorNode

FRANKA = Path(__file__).parents[3] / "config" / "robots" / "franka.yaml"
DEADLINE_S = 30.0


class Managed(LifecycleNode):
    """Remembers its transitions; its first activations are refused."""

    def __init__(self, name, story, refusals=0):
        super().__init__(name)
        self.story = story
        self.refusals = refusals

    def on_configure(self, state):
        self.story.append((self.get_name(), "configure"))
        return super().on_configure(state)

    def on_activate(self, state):
        self.refusals -= 1
        if self.refusals >= 0:
            return TransitionCallbackReturn.FAILURE
        self.story.append((self.get_name(), "activate"))
        return super().on_activate(state)


def wait_for(condition):
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


@pytest.fixture
def graph():
    """Spin the supervisor and whatever is added; yields a function that adds a managed node, and the ready messages."""
    parameters = (f"contract:={FRANKA}", "nodes:=[eyes, mind]", "hint:=go")
    rclpy.init(args=["--ros-args", *(word for each in parameters for word in ("-p", each))])
    executor, story, ready = MultiThreadedExecutor(num_threads=4), [], []
    supervisor, listener = SupervisorNode(), Node("listener")
    row = interface("ready")
    listener.create_subscription(Bool, row.name, lambda message: ready.append(message.data), interface_qos(row.key))
    nodes = [supervisor.node, listener]

    def add(name, refusals=0):
        nodes.append(Managed(name, story, refusals))
        executor.add_node(nodes[-1])
        return nodes[-1]

    for node in tuple(nodes):
        executor.add_node(node)
    supervisor.start()
    thread = threading.Thread(target=executor.spin, daemon=True)
    thread.start()
    yield executor, add, story, ready
    executor.shutdown()
    thread.join()
    supervisor.stop()
    for node in nodes:
        node.destroy_node()
    rclpy.try_shutdown()


def test_nodes_are_brought_up_in_order_even_where_an_activation_is_refused_at_first(graph):
    _, add, story, ready = graph
    add("mind")
    add("eyes", refusals=1)
    wait_for(lambda: ready and ready[-1])
    assert sorted(story[:2]) == [("eyes", "configure"), ("mind", "configure")]
    assert story[2:] == [("eyes", "activate"), ("mind", "activate")]


def test_a_node_that_died_is_missed_and_brought_back(graph):
    executor, add, story, ready = graph
    add("mind")
    eyes = add("eyes")
    wait_for(lambda: ready and ready[-1])
    executor.remove_node(eyes)
    eyes.destroy_node()
    wait_for(lambda: not ready[-1])
    add("eyes")
    wait_for(lambda: ready[-1])
    assert story.count(("eyes", "activate")) == 2
    assert story.count(("mind", "activate")) == 1, "who is well is left alone"
