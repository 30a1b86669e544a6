# SPDX-License-Identifier: Apache-2.0
"""ros2 interface list: all interfaces by kind."""

from __future__ import annotations

import argparse

from ros2cli._interfaces import HEADINGS, add_kind_arguments, interfaces

DESCRIPTION = "List all interface types available"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_kind_arguments(parser, "list the")


def main(args: argparse.Namespace) -> int:
    """Print a heading for each kind, and its interfaces indented."""
    for kind, names in interfaces(args.kinds).items():
        print(f"{HEADINGS[kind]}:")
        for name in names:
            print(f"    {name}")
    return 0
