# SPDX-License-Identifier: Apache-2.0
"""Listening to a topic and printing a line about it each second, for ``ros2 topic hz, bw, delay``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

from ros2cli._graph import absolute, add_graph_arguments, graph_node, load_interface, require_type, wait_until
from ros2cli._qos import matching_profile

REPORT_PERIOD_NS = 1_000_000_000
WINDOW = 10_000


def add_watch_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verbs that watch a topic."""
    add_graph_arguments(parser)
    parser.add_argument("topic_name", help="name of the topic")
    parser.add_argument("-w", "--window", type=int, default=WINDOW, help="number of messages that are averaged")


def watch(
    args: argparse.Namespace,
    on_message: Callable[[Any, Any], None],
    report: Callable[[], str | None],
    *,
    raw: bool = False,
) -> None:
    """Call back for each message with the node, and print the report each second until ctrl-c."""
    import rclpy
    from rosidl_runtime_py.utilities import get_message

    name = absolute(args.topic_name)
    with graph_node(args, discover=False) as node:
        if not wait_until(lambda: node.count_publishers(name), args.spin_time):
            print(f"WARNING: topic [{name}] does not appear to be published yet", flush=True)
            wait_until(lambda: node.count_publishers(name), float("inf"))
        type_name = require_type(node.get_topic_names_and_types, name, "topic")
        message_type = load_interface(get_message, type_name)
        quality = matching_profile(node, name)
        node.create_subscription(message_type, name, lambda message: on_message(node, message), quality, raw=raw)
        next_ns = time.monotonic_ns() + REPORT_PERIOD_NS
        while True:
            rclpy.spin_once(node, timeout_sec=max(0.0, (next_ns - time.monotonic_ns()) / 1e9))
            if time.monotonic_ns() >= next_ns:
                next_ns += REPORT_PERIOD_NS
                print(report() or "no new messages", flush=True)
