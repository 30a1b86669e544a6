# SPDX-License-Identifier: Apache-2.0
"""ros2 topic pub: a message, published once or again and again."""

from __future__ import annotations

import argparse
import time

from ros2cli._graph import absolute, add_graph_arguments, fill, graph_node, load_interface, read_yaml, wait_until
from ros2cli._qos import add_qos_arguments, profile
from ros2cli.errors import CliError

DESCRIPTION = "Publish a message to a topic"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    add_qos_arguments(parser)
    parser.add_argument("topic_name", help="name of the topic")
    parser.add_argument("message_type", help="type such as std_msgs/msg/String")
    parser.add_argument("values", nargs="?", default="{}", help="values as YAML; 'auto' and 'now' stamp the message")
    parser.add_argument("-r", "--rate", type=float, default=1.0, help="messages per second")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("-1", "--once", dest="times", action="store_const", const=1, help="publish one message")
    group.add_argument("-t", "--times", type=int, dest="times", help="publish this many messages")
    parser.add_argument("-p", "--print", type=int, default=1, metavar="N", help="print each N-th message")
    parser.add_argument("-w", "--wait-matching-subscriptions", type=int, help="wait for this many subscriptions")
    parser.add_argument("--max-wait-time-secs", type=float, help="wait no longer than this [s]")
    parser.add_argument("--keep-alive", type=float, default=0.1, help="stay this long after the last message [s]")


def main(args: argparse.Namespace) -> int:
    """Publish."""
    from rclpy.qos import QoSProfile
    from rosidl_runtime_py.utilities import get_message

    if args.rate <= 0:
        raise CliError(f"--rate must be > 0, got {args.rate:g}")
    message = load_interface(get_message, args.message_type)()
    stamps = fill(message, read_yaml(args.values, "the message"))
    with graph_node(args, discover=False) as node:
        publisher = node.create_publisher(type(message), absolute(args.topic_name), profile(args, QoSProfile(depth=10)))
        _wait_for_subscriptions(publisher, args)
        print("publisher: beginning loop", flush=True)
        number = 0
        next_s = time.monotonic()
        while args.times is None or number < args.times:
            for stamp in stamps:
                stamp(node.get_clock().now().to_msg())
            number += 1
            if args.print and number % args.print == 0:
                print(f"publishing #{number}: {message!r}\n", flush=True)
            publisher.publish(message)
            next_s += 1.0 / args.rate
            if number != args.times:
                time.sleep(max(0.0, next_s - time.monotonic()))
        time.sleep(args.keep_alive)
    return 0


def _wait_for_subscriptions(publisher, args: argparse.Namespace) -> None:
    wanted = args.wait_matching_subscriptions
    if wanted is None:
        wanted = 0 if args.times is None else 1
    limit_s = args.max_wait_time_secs if args.max_wait_time_secs is not None else float("inf")
    started_s = time.monotonic()
    while publisher.get_subscription_count() < wanted:
        print(f"Waiting for at least {wanted} matching subscription(s)...", flush=True)
        left_s = started_s + limit_s - time.monotonic()
        if left_s <= 0:
            raise CliError(f"{wanted} subscription(s) did not appear within {limit_s:g} s")
        wait_until(lambda: publisher.get_subscription_count() >= wanted, min(1.0, left_s))
