# SPDX-License-Identifier: Apache-2.0
"""Nodes that nobody destroyed, with the collector at work everywhere. Each case is a process with a memory limit."""

import resource
import subprocess
import sys
import textwrap

MEMORY = 4 << 30  # [bytes] of address space: DDS and its threads need about one
SECONDS = 60

PREAMBLE = """
import faulthandler, gc
faulthandler.dump_traceback_later(%d, exit=True)
import rclpy
from rclpy.parameter import Parameter
from std_msgs.msg import String

context = rclpy.Context()

def make(name):
    node = rclpy.create_node(name, context=context)
    node.create_publisher(String, "chatter", 1)
    node.create_subscription(String, "chatter", print, 1)
    node.itself = node  # only the collector can find it
    return node

def names():
    mine = ("one", "two", "earlier", "later", "forgotten", "broken")
    return [node.name for node in context.graph.nodes() if node.name in mine]
"""


def output_of(program):
    """Run a program and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", PREAMBLE % SECONDS + textwrap.dedent(program)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
        capture_output=True,
        text=True,
        timeout=2 * SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_forgotten_nodes_of_an_earlier_life_do_not_disturb_the_next_one():
    lines = output_of("""
        gc.collect()
        gc.freeze()
        for life in range(6):
            context.init(args=[])
            gc.set_threshold(2, 1, 1)
            for name in ("one", "two"):
                make(name)
            gc.set_threshold(700, 10, 10)
            print(*names())
            context.try_shutdown()
        """)
    assert lines == ["one two"] * 6


def test_a_node_of_an_earlier_life_can_be_destroyed_in_the_next_one():
    lines = output_of("""
        context.init(args=[])
        earlier = make("earlier")
        context.try_shutdown()
        context.init(args=[])
        later = make("later")
        earlier.destroy_node()
        print(*names(), context.ok())
        """)
    assert lines == ["later True"]


def test_a_forgotten_node_stays_until_its_context_ends_and_is_freed_then():
    lines = output_of("""
        import weakref
        context.init(args=[])
        node = weakref.ref(make("forgotten"))
        gc.collect()
        print(*names())
        context.destroy()
        gc.collect()
        print(node())
        """)
    assert lines == ["forgotten", "None"]


def test_a_node_that_could_not_be_made_leaves_the_graph():
    lines = output_of("""
        context.init(args=[])
        try:
            rclpy.create_node("broken", context=context, parameter_overrides=[Parameter("use_sim_time", value="never")])
        except Exception as error:
            print(type(error).__name__)
        print(names())
        """)
    assert lines[1:] == ["[]"]


def test_a_node_that_outlives_its_network_can_log():
    lines = output_of("""
        context.init(args=[])
        node = make("late")
        context.destroy()
        node.get_logger().info("after the end")
        context.init(args=[])
        node.get_logger().info("in the next life")
        node.destroy_node()
        print("destroyed")
        """)
    assert lines == ["destroyed"]
