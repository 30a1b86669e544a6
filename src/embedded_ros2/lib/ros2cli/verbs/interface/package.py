# SPDX-License-Identifier: Apache-2.0
"""ros2 interface package: the interfaces of one package."""

from __future__ import annotations

import argparse

from ros2cli._interfaces import add_kind_arguments, interfaces

DESCRIPTION = "Output a list of available interface types within one package"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_kind_arguments(parser, "list the package's")
    parser.add_argument("package_name", help="name of the ROS package, such as 'example_interfaces'")


def main(args: argparse.Namespace) -> int:
    """Print one name a line."""
    for names in interfaces(args.kinds, (args.package_name,)).values():
        for name in names:
            print(name)
    return 0
