# SPDX-License-Identifier: Apache-2.0
"""ros2 action list: the actions of the graph."""

from __future__ import annotations

import argparse

from ros2cli._graph import add_graph_arguments, graph_node, print_names

DESCRIPTION = "Output a list of action names"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("-t", "--show-types", action="store_true", help="show types too")
    parser.add_argument("-c", "--count-actions", dest="count", action="store_true", help="show only how many there are")


def main(args: argparse.Namespace) -> int:
    """Print names, sorted."""
    from rclpy.action import get_action_names_and_types

    with graph_node(args) as node:
        print_names(get_action_names_and_types(node), args)
    return 0
