# SPDX-License-Identifier: Apache-2.0
"""ros2 topic list: the topics of the graph."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from ros2cli._graph import add_graph_arguments, graph_node, is_hidden, print_names

DESCRIPTION = "Output a list of available topics"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("-t", "--show-types", action="store_true", help="show types too")
    parser.add_argument("-c", "--count-topics", dest="count", action="store_true", help="show only how many there are")
    parser.add_argument("-v", "--verbose", action="store_true", help="show publishers and subscribers by number")
    parser.add_argument("--include-hidden-topics", action="store_true", help="show hidden topics too")


def main(args: argparse.Namespace) -> int:
    """Print names, sorted."""
    with graph_node(args) as node:
        found = node.get_topic_names_and_types()
        shown = [(name, types) for name, types in found if args.include_hidden_topics or not is_hidden(name)]
        if not args.verbose:
            print_names(shown, args)
            return 0
        _print_counts("Published topics:", "publisher", shown, node.count_publishers)
        _print_counts("Subscribed topics:", "subscriber", shown, node.count_subscribers)
    return 0


def _print_counts(title: str, noun: str, shown: list[tuple[str, list[str]]], count: Callable[[str], int]) -> None:
    print(title)
    counted = [(name, types, count(name)) for name, types in sorted(shown)]
    for name, types, number in counted:
        if number:
            print(f" * {name} [{', '.join(types)}] {number} {noun}{'s' if number > 1 else ''}")
    print()
