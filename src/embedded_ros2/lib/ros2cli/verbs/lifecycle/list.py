# SPDX-License-Identifier: Apache-2.0
"""ros2 lifecycle list: the transitions that a node can make now."""

from __future__ import annotations

import argparse

from ros2cli._graph import add_graph_arguments, graph_node, require_node
from ros2cli._lifecycle import available_transitions

DESCRIPTION = "Output a list of available transitions"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("-a", "--all", action="store_true", help="show the transitions of all states")
    parser.add_argument("node_name", help="name of the node")


def main(args: argparse.Namespace) -> int:
    """Print them."""
    with graph_node(args, discover=False) as node:
        target = require_node(node, args.node_name)
        for entry in available_transitions(node, target, from_all_states=args.all):
            print(f"- {entry.transition.label} [{entry.transition.id}]")
            print(f"\tStart: {entry.start_state.label}\n\tGoal: {entry.goal_state.label}")
    return 0
