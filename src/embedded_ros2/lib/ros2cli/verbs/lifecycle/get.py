# SPDX-License-Identifier: Apache-2.0
"""ros2 lifecycle get: the state of one lifecycle node or of all."""

from __future__ import annotations

import argparse

from ros2cli._graph import add_graph_arguments, graph_node, require_node
from ros2cli._lifecycle import get_state, lifecycle_nodes

DESCRIPTION = "Get lifecycle state for one or more nodes"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("node_name", nargs="?", help="name of the node; without it, of all")


def main(args: argparse.Namespace) -> int:
    """Print it."""
    with graph_node(args) as node:
        if args.node_name:
            state = get_state(node, require_node(node, args.node_name))
            print(f"{state.label} [{state.id}]")
            return 0
        for name in lifecycle_nodes(node):
            state = get_state(node, name)
            print(f"{name}: {state.label} [{state.id}]")
    return 0
