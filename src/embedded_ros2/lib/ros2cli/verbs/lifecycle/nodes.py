# SPDX-License-Identifier: Apache-2.0
"""ros2 lifecycle nodes: the nodes that have a lifecycle."""

from __future__ import annotations

import argparse

from ros2cli._graph import add_graph_arguments, graph_node, is_hidden
from ros2cli._lifecycle import lifecycle_nodes

DESCRIPTION = "Output a list of nodes with lifecycle"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("-a", "--all", action="store_true", help="show hidden nodes too")
    parser.add_argument("-c", "--count-nodes", action="store_true", help="show only how many there are")


def main(args: argparse.Namespace) -> int:
    """Print names, sorted."""
    with graph_node(args) as node:
        names = [name for name in lifecycle_nodes(node) if args.all or not is_hidden(name)]
    for line in [str(len(names))] if args.count_nodes else names:
        print(line)
    return 0
