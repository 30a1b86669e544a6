# SPDX-License-Identifier: Apache-2.0
"""ros2 topic echo: the messages of a topic."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

from ros2cli._graph import absolute, add_graph_arguments, graph_node, load_interface, require_type, wait_until
from ros2cli._qos import add_qos_arguments, matching_profile, profile
from ros2cli.errors import CliError

DESCRIPTION = "Output messages from a topic"
TRUNCATE_LENGTH = 128


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    add_qos_arguments(parser)
    parser.add_argument("topic_name", help="name of the topic")
    parser.add_argument("message_type", nargs="?", help="type, where nobody publishes yet")
    parser.add_argument("--once", action="store_true", help="end after the first message")
    parser.add_argument("--timeout", type=float, help="end after this time without a message [s]")
    parser.add_argument("--field", help="show only this field, such as pose.position.x")
    parser.add_argument("--csv", action="store_true", help="show values separated by commas")
    parser.add_argument("-f", "--full-length", action="store_true", help="show long arrays and strings in full")
    parser.add_argument("-l", "--truncate-length", type=int, default=TRUNCATE_LENGTH, help="cut behind this length")
    parser.add_argument("--no-arr", action="store_true", help="do not show the elements of arrays")
    parser.add_argument("--no-str", action="store_true", help="do not show the text of strings")
    parser.add_argument("--flow-style", action="store_true", help="show in one line")
    parser.add_argument("--raw", action="store_true", help="show the bytes on the wire")
    parser.add_argument("--filter", metavar="EXPRESSION", help="show only messages m for which this Python holds")


def main(args: argparse.Namespace) -> int:
    """Print messages until it is enough."""
    import rclpy
    from rosidl_runtime_py.utilities import get_message

    name = absolute(args.topic_name)
    with graph_node(args, discover=False) as node:
        wait_until(lambda: node.count_publishers(name), args.spin_time)
        type_name = args.message_type or require_type(node.get_topic_names_and_types, name, "topic")
        quality = profile(args, matching_profile(node, name))
        received: list[float] = []
        show, is_wanted = _printer(args), _filter(args.filter)

        def on_message(message: Any) -> None:
            if not (args.once and received) and is_wanted(message):
                received.append(time.monotonic())
                show(message)

        node.create_subscription(load_interface(get_message, type_name), name, on_message, quality, raw=args.raw)
        started_s = time.monotonic()
        while not (args.once and received):
            rclpy.spin_once(node, timeout_sec=0.1)
            if args.timeout and time.monotonic() - (received or [started_s])[-1] > args.timeout:
                raise CliError(f"no message on '{name}' within {args.timeout:g} s")
    return 0


def _filter(expression: str | None) -> Callable[[Any], bool]:
    if expression is None:
        return lambda message: True
    try:
        code = compile(expression, "--filter", "eval")
    except SyntaxError as error:
        raise CliError(f"--filter '{expression}' is not a Python expression: {error.msg}") from error

    def holds(message: Any) -> bool:
        try:
            return bool(eval(code, {"m": message}))  # the words of the user who runs this program
        except Exception as error:
            raise CliError(f"--filter '{expression}' fails: {error}") from error

    return holds


def _printer(args: argparse.Namespace) -> Callable[[Any], None]:
    from rosidl_runtime_py.convert import message_to_csv, message_to_yaml

    length = None if args.full_length else args.truncate_length
    if args.raw and (args.field or args.filter or args.csv):
        raise CliError("--raw shows bytes that are not decoded: it goes without --field, --filter and --csv")
    options = {"truncate_length": length, "no_arr": args.no_arr, "no_str": args.no_str}

    def show(message: Any) -> None:
        value = _field(message, args.field) if args.field else message
        if args.raw:
            print(f"{value}\n---", flush=True)
        elif not hasattr(value, "get_fields_and_field_types"):
            print(value if args.csv else f"{value}\n---", flush=True)
        elif args.csv:
            print(message_to_csv(value, **options), flush=True)
        else:
            print(f"{message_to_yaml(value, flow_style=args.flow_style, **options)}---", flush=True)

    return show


def _field(message: Any, path: str) -> Any:
    value = message
    for part in path.split("."):
        name, _, index = part.partition("[")
        if not hasattr(value, name):
            raise CliError(f"{type(value).__name__} has no field '{name}'; it has {', '.join(_names(value))}")
        value = getattr(value, name)
        value = value[int(index.rstrip("]"))] if index else value
    return value


def _names(value: Any) -> list[str]:
    return list(value.get_fields_and_field_types()) if hasattr(value, "get_fields_and_field_types") else []
