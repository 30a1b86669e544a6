# SPDX-License-Identifier: Apache-2.0
"""ros2 pkg executables: what can be run."""

from __future__ import annotations

import argparse
import os

from ros2cli._packages import executables_of

DESCRIPTION = "Output a list of package specific executables"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("--full-path", action="store_true", help="show the full path of each executable")
    parser.add_argument("package_name", nargs="?", help="the package name; all packages without it")


def main(args: argparse.Namespace) -> int:
    """Print package and executable, or the path, one a line."""
    from ament_index_python import get_packages_with_prefixes

    for package in [args.package_name] if args.package_name else sorted(get_packages_with_prefixes()):
        for path in executables_of(package):
            print(path if args.full_path else f"{package} {os.path.basename(path)}")
    return 0
