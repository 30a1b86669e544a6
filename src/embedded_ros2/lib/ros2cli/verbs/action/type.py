# SPDX-License-Identifier: Apache-2.0
"""ros2 action type: the type of an action."""

from __future__ import annotations

import argparse

from ros2cli._graph import add_graph_arguments, graph_node, require_type

DESCRIPTION = "Print an action's type"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("action_name", help="name of the action")


def main(args: argparse.Namespace) -> int:
    """Print it."""
    from rclpy.action import get_action_names_and_types

    with graph_node(args) as node:
        print(require_type(lambda: get_action_names_and_types(node), args.action_name, "action"))
    return 0
