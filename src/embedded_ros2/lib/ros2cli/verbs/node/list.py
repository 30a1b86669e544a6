# SPDX-License-Identifier: Apache-2.0
"""ros2 node list: the nodes of the graph."""

from __future__ import annotations

import argparse
from collections import Counter

from ros2cli._graph import add_graph_arguments, graph_node, is_hidden

DESCRIPTION = "Output a list of available nodes"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("-a", "--all", action="store_true", help="show hidden nodes too")
    parser.add_argument("-c", "--count-nodes", action="store_true", help="show only how many there are")


def main(args: argparse.Namespace) -> int:
    """Print full names, sorted."""
    with graph_node(args) as node:
        found = [f"{space.rstrip('/')}/{name}" for name, space in node.get_node_names_and_namespaces()]
    names = sorted(name for name in found if args.all or not is_hidden(name))
    for name, number in Counter(names).items():
        if number > 1 and not args.count_nodes:
            print(f"WARNING: {number} nodes have the name '{name}'; what is asked of one may go to another")
    print(len(names) if args.count_nodes else "\n".join(names)) if names or args.count_nodes else None
    return 0
