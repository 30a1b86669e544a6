# SPDX-License-Identifier: Apache-2.0
"""ros2 bag record: topics into a bag."""

from __future__ import annotations

import argparse
import contextlib
import re
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

from ros2cli._graph import absolute, graph_node, is_hidden
from ros2cli.errors import CliError

DESCRIPTION = "Record ROS data to a bag"
_DISCOVERY_PERIOD_S = 0.1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("topics", nargs="*", default=[], help="topics to record")
    parser.add_argument("--topics", nargs="+", dest="more_topics", default=[], help="topics to record")
    parser.add_argument("-a", "--all", "--all-topics", action="store_true", help="record all topics, also later ones")
    parser.add_argument("-e", "--regex", type=re.compile, help="record topics whose whole name matches")
    parser.add_argument("-x", "--exclude-regex", type=re.compile, help="but not those whose whole name matches this")
    parser.add_argument("-o", "--output", help="folder of the bag; by default named after the time")
    parser.add_argument("-s", "--storage", choices=("mcap", "sqlite3"), default="mcap", help="form of the file")
    parser.add_argument(
        "--compression-mode", choices=("none", "file", "message"), default="none", help="what to compress"
    )
    parser.add_argument("--compression-format", choices=("", "zstd"), default="", help="how to compress")
    parser.add_argument("--no-discovery", action="store_true", help="leave out topics that appear later")
    parser.add_argument("--include-hidden-topics", action="store_true", help="record hidden topics too")
    parser.add_argument("--use-sim-time", action="store_true", help="without effect on recorded times")
    parser.add_argument("--spin-time", type=float, default=0.5, help="longest time to look for topics at the start [s]")


def main(args: argparse.Namespace) -> int:
    """Record until a signal."""
    from ros2cli._bag_recorder import Recorder

    if not (args.topics or args.more_topics or args.all or args.regex):
        raise CliError("say what to record: names of topics, --all or --regex")
    if (args.compression_mode == "none") != (args.compression_format == ""):
        raise CliError("--compression-mode and --compression-format go together, e.g. message and zstd")
    # Whoever starts the recording ends it with SIGINT or SIGTERM, even where a shell had it ignore the former.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    path = Path(args.output or time.strftime("rosbag2_%Y_%m_%d-%H_%M_%S"))
    with graph_node(args) as node:
        recorder = Recorder(node, path, args.storage, args.compression_mode)
        print(f"Recording to '{path}'. Press CTRL-C to stop.", flush=True)
        try:
            with contextlib.closing(recorder):
                _record(node, recorder, args)
        except (OSError, sqlite3.Error) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise CliError(
                f"writing '{path}' failed after {recorder.message_count} messages: {reason}; "
                "free some space or record to another disk with --output"
            ) from error
        print(f"Recorded {recorder.message_count} messages of {len(recorder.topics)} topics.", flush=True)
    return 0


def _record(node: Any, recorder: Any, args: argparse.Namespace) -> None:
    import rclpy

    next_look_s = 0.0
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            now_s = time.monotonic()
            if now_s >= next_look_s:
                _add_new_topics(node, recorder, args)
                next_look_s = float("inf") if args.no_discovery else now_s + _DISCOVERY_PERIOD_S
            rclpy.spin_once(node, timeout_sec=_DISCOVERY_PERIOD_S)


def _add_new_topics(node: Any, recorder: Any, args: argparse.Namespace) -> None:
    named = {absolute(name) for name in (*args.topics, *args.more_topics)}
    for name, types in sorted(node.get_topic_names_and_types()):
        if name in recorder.topics or not (name in named or _is_chosen(name, args)):
            continue
        try:
            _add(recorder, name, types)
        except CliError as error:
            node.get_logger().warning(str(error))


def _add(recorder: Any, name: str, types: list[str]) -> None:
    from embedded_ros2.interfaces import InterfaceError

    recorder.topics.add(name)
    if len(types) > 1:
        raise CliError(f"Topic '{name}' has several types and is not recorded: {', '.join(types)}")
    try:
        recorder.add(name, types[0])
    except InterfaceError as error:
        raise CliError(f"Topic '{name}' is not recorded, its type is unknown: {error}") from error
    print(f"Subscribed to topic '{name}'", flush=True)


def _is_chosen(name: str, args: argparse.Namespace) -> bool:
    if is_hidden(name) and not args.include_hidden_topics:
        return False
    if args.exclude_regex and args.exclude_regex.fullmatch(name):
        return False
    return args.all or bool(args.regex and args.regex.fullmatch(name))
