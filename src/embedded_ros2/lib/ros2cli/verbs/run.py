# SPDX-License-Identifier: Apache-2.0
"""ros2 run: an executable of a package."""

from __future__ import annotations

import argparse
import os
import shlex

from ros2cli.errors import CliError

DESCRIPTION = "Run a package specific executable"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("--prefix", help="command before the executable, such as 'gdb -ex run --args'")
    parser.add_argument("package_name", help="name of the ROS package")
    parser.add_argument("executable_name", help="name of the executable")
    parser.add_argument("argv", nargs=argparse.REMAINDER, help="arguments for the executable")


def main(args: argparse.Namespace) -> int:
    """Become the executable, so that signals and the exit code are its own."""
    from launch_ros.substitutions.executable_in_package import find_executable

    path = find_executable(args.package_name, args.executable_name)
    command = [*shlex.split(args.prefix or ""), path, *args.argv]
    try:
        os.execvp(command[0], command)
    except OSError as error:
        raise CliError(f"'{command[0]}' cannot be run: {error.strerror}") from error
