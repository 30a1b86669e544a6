# SPDX-License-Identifier: Apache-2.0
"""ros2 interface show: the text of an interface, its nested types unfolded."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator

from ros2cli._interfaces import interface_text
from ros2cli.errors import CliError

DESCRIPTION = "Output the interface definition"

_NESTED_FIELD = re.compile(r"\s*([A-Za-z]\w*(?:/\w+)*)(?:<=\d+)?(?:\[(?:<=)?\d*\])?\s+[a-z]\w*")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--all-comments", action="store_true", help="show comments of nested types too")
    group.add_argument("--no-comments", action="store_true", help="show neither comments nor blank lines")
    parser.add_argument(
        "type", help="interface such as 'example_interfaces/msg/String'; '-' reads it from standard input"
    )


def main(args: argparse.Namespace) -> int:
    """Print the definition; nested types are indented by tabs below the field."""
    name = sys.stdin.readline().strip() if args.type == "-" else args.type
    if name.count("/") != 2:
        raise CliError(f"an interface is named package/msg/Name, package/srv/Name or package/action/Name, got '{name}'")
    for line in unfolded(name, 0, nested_comments=args.all_comments, comments=not args.no_comments):
        print(line)
    return 0


def unfolded(name: str, depth: int, *, nested_comments: bool, comments: bool) -> Iterator[str]:
    """Yield the lines of a definition, each followed by those of its type if that is another message."""
    from embedded_ros2.interfaces.definition import PRIMITIVES, STRINGS
    from embedded_ros2.interfaces.parse import parse_type

    shown_in_full = nested_comments if depth else comments
    for raw in interface_text(name).splitlines():
        line = raw.rstrip() if shown_in_full else re.sub(r"\s*#[^\"']*$", "", raw).rstrip()
        if not line and not shown_in_full:
            continue
        yield "\t" * depth + line
        match = _NESTED_FIELD.match(line)
        if match and match[1] not in (*PRIMITIVES, *STRINGS):
            nested = parse_type(match[1], name.split("/")[0]).base
            yield from unfolded(nested, depth + 1, nested_comments=nested_comments, comments=comments)
