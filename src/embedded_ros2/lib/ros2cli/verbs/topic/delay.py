# SPDX-License-Identifier: Apache-2.0
"""ros2 topic delay: how old messages are when they come, by the stamp of their header."""

from __future__ import annotations

import argparse
from typing import Any

from ros2cli._watch import add_watch_arguments, watch
from ros2cli._window import Window
from ros2cli.errors import CliError

DESCRIPTION = "Display delay of topic from timestamp in header"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_watch_arguments(parser)


def main(args: argparse.Namespace) -> int:
    """Print delays until ctrl-c."""
    window = Window(args.window)

    def on_message(node: Any, message: Any) -> None:
        if not hasattr(message, "header"):
            raise CliError(f"messages of type {type(message).__name__} have no header, so no time of sending")
        stamp = message.header.stamp
        now_ns = node.get_clock().now().nanoseconds
        window.add(now_ns, (now_ns - stamp.sec * 1_000_000_000 - stamp.nanosec) / 1e9)

    watch(args, on_message, window.delay_line)
    return 0
