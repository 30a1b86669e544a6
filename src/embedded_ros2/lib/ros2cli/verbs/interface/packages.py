# SPDX-License-Identifier: Apache-2.0
"""ros2 interface packages: the packages that have interfaces."""

from __future__ import annotations

import argparse

from ros2cli._interfaces import add_kind_arguments, interfaces

DESCRIPTION = "Output a list of packages that provide interfaces"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_kind_arguments(parser, "list packages that have")


def main(args: argparse.Namespace) -> int:
    """Print one package a line."""
    for package in sorted({name.split("/")[0] for names in interfaces(args.kinds).values() for name in names}):
        print(package)
    return 0
