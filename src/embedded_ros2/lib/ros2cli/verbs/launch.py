# SPDX-License-Identifier: Apache-2.0
"""ros2 launch: a launch file of a package, or one given by its path."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ros2cli.errors import CliError

if TYPE_CHECKING:
    from launch import LaunchDescription

DESCRIPTION = "Run a launch file"
SUFFIXES = ("launch.py", "launch.xml", "launch.yaml", "launch.yml")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("-n", "--noninteractive", action="store_true", help="run without a person at the terminal")
    parser.add_argument("-d", "--debug", action="store_true", help="say all that happens and where errors come from")
    parser.add_argument("-p", "--print", "--print-description", action="store_true", help="show the description only")
    parser.add_argument("-s", "--show-args", "--show-arguments", action="store_true", help="show the arguments only")
    parser.add_argument(
        "-a",
        "--show-all-subprocesses-output",
        action="store_true",
        help="show the output of all processes",
    )
    parser.add_argument("--launch-prefix", help="command before each executable, such as 'xterm -e gdb --args'")
    parser.add_argument("--launch-prefix-filter", help="regular expression: executables that get the prefix")
    parser.add_argument("package_name", help="name of the package, or path of the launch file")
    parser.add_argument("launch_file_name", nargs="?", help="name of the launch file")
    parser.add_argument("launch_arguments", nargs="*", help="arguments of the launch file, as name:=value")


def main(args: argparse.Namespace) -> int:
    """Launch, or show what would be launched."""
    import launch
    from launch.launch_description_sources import AnyLaunchDescriptionSource

    path, words = locate(args.package_name, args.launch_file_name, args.launch_arguments)
    arguments = parse_arguments(words)
    source = AnyLaunchDescriptionSource(path)
    description = source.get_launch_description(launch.LaunchContext())
    if args.show_args:
        print(format_arguments(description))
        return 0
    if args.print:
        print(launch.LaunchIntrospector().format_launch_description(description))
        return 0
    if args.show_all_subprocesses_output:
        os.environ["OVERRIDE_LAUNCH_PROCESS_OUTPUT"] = "both"
    warn_of_unknown(description, arguments)
    for name in ("launch_prefix", "launch_prefix_filter"):
        if getattr(args, name) is not None:
            arguments[name.replace("_", "-")] = getattr(args, name)
    service = launch.LaunchService(argv=words, noninteractive=args.noninteractive, debug=args.debug)
    launch.logging.log_launch_config()
    include = launch.actions.IncludeLaunchDescription(source, launch_arguments=list(arguments.items()))
    service.include_launch_description(launch.LaunchDescription([include]))
    return service.run()


def locate(package: str, file_name: str | None, arguments: Sequence[str]) -> tuple[str, list[str]]:
    """Return the path of the launch file and the words behind it.

    Raises:
        CliError: no such file, or several of that name in the package.
    """
    if file_name is None or ":=" in file_name or Path(package).suffix in (".py", ".xml", ".yaml", ".yml"):
        words = [*([] if file_name is None else [file_name]), *arguments]
        if not Path(package).is_file():
            raise CliError(_no_file(package))
        return package, words
    return _in_package(package, file_name), list(arguments)


def parse_arguments(words: Sequence[str]) -> dict[str, str]:
    """Return the values by name.

    Raises:
        CliError: a word is not ``name:=value``.
    """
    arguments = {}
    for word in words:
        name, mark, value = word.partition(":=")
        if not mark or not name:
            raise CliError(f"malformed launch argument '{word}', expected format '<name>:=<value>'")
        arguments[name] = value
    return arguments


def warn_of_unknown(description: LaunchDescription, arguments: dict[str, str]) -> None:
    """Say which arguments the launch file does not declare; they are set nevertheless, as a real ROS 2 does it."""
    from launch.logging import get_logger
    from launch.utilities import nearest_names

    known = [argument.name for argument in description.get_launch_arguments()] if arguments else []
    for name in arguments:
        if name not in known:
            get_logger("launch").warning(f"launch argument '{name}' is not declared{nearest_names(name, known)}")


def format_arguments(description: LaunchDescription) -> str:
    """Return the declared arguments with descriptions, choices and defaults."""
    lines = ["Arguments (pass arguments as '<name>:=<value>'):"]
    arguments = description.get_launch_arguments()
    for argument in arguments:
        lines += ["", f"    '{argument.name}':"]
        choices = "" if argument.choices is None else f" Valid choices are: {argument.choices}"
        lines.append(f"        {argument.description.rstrip('.') + '.' if choices else argument.description}{choices}")
        default = argument.default_text()
        if default is not None:
            lines.append(f"        (default: {default})")
    return "\n".join(lines if arguments else [*lines, "", "  No arguments."])


def _no_file(path: str) -> str:
    from launch.utilities import nearest_names

    folder = Path(path).parent
    near = nearest_names(Path(path).name, [file.name for file in folder.glob("*launch*")] if folder.is_dir() else [])
    if os.sep in path or Path(path).suffix:
        return f"launch file '{path}' does not exist{near}"
    return f"'{path}' is no launch file: give a package and a launch file, or the path of one{near}"


def _in_package(package: str, file_name: str) -> str:
    from launch.utilities import nearest_names
    from launch_ros.substitutions import FindPackageShare

    share = Path(FindPackageShare(package).find(package))
    files = [file for file in sorted(share.rglob("*")) if file.is_file()]
    found = [file for file in files if file.name == file_name]
    if not found:
        near = nearest_names(file_name, [file.name for file in files if file.name.endswith(SUFFIXES)])
        raise CliError(
            f"file '{file_name}' was not found in the share directory of package '{package}' ({share}){near}"
        )
    if len(found) > 1:
        raise CliError(f"package '{package}' has several files '{file_name}': {', '.join(map(str, found))}")
    return str(found[0])
