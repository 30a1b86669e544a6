# SPDX-License-Identifier: Apache-2.0
"""ros2 pkg prefix: where a package is installed."""

from __future__ import annotations

import argparse
import os

from ros2cli._packages import prefix_of

DESCRIPTION = "Output the prefix path of a package"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("package_name", help="the package name")
    parser.add_argument("--share", action="store_true", help="show the share directory of the package")


def main(args: argparse.Namespace) -> int:
    """Print the path."""
    prefix = prefix_of(args.package_name)
    print(os.path.join(prefix, "share", args.package_name) if args.share else prefix)
    return 0
