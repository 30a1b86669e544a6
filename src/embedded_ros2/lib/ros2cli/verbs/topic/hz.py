# SPDX-License-Identifier: Apache-2.0
"""ros2 topic hz: how often messages come."""

from __future__ import annotations

import argparse
import time

from ros2cli._watch import add_watch_arguments, watch
from ros2cli._window import Window

DESCRIPTION = "Print the average publishing rate"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_watch_arguments(parser)


def main(args: argparse.Namespace) -> int:
    """Print rates until ctrl-c. Messages are not decoded."""
    window = Window(args.window)
    watch(args, lambda node, message: window.add(time.monotonic_ns()), window.rate_line, raw=True)
    return 0
