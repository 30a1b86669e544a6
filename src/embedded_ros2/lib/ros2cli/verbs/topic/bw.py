# SPDX-License-Identifier: Apache-2.0
"""ros2 topic bw: how many bytes come."""

from __future__ import annotations

import argparse
import time

from ros2cli._graph import absolute
from ros2cli._watch import add_watch_arguments, watch
from ros2cli._window import Window

DESCRIPTION = "Display bandwidth used by topic"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_watch_arguments(parser)
    parser.set_defaults(window=100)


def main(args: argparse.Namespace) -> int:
    """Print bandwidths until ctrl-c. Messages are not decoded."""
    window = Window(args.window)
    print(f"Subscribed to [{absolute(args.topic_name)}]", flush=True)

    def report() -> str | None:
        return window.bandwidth_line(time.monotonic_ns())

    watch(args, lambda node, message: window.add(time.monotonic_ns(), len(message)), report, raw=True)
    return 0
