# SPDX-License-Identifier: Apache-2.0
"""ros2 param list: the parameters of one node or of all."""

from __future__ import annotations

import argparse

from ros2cli._graph import add_graph_arguments, graph_node, is_hidden, require_node
from ros2cli._param import list_names

DESCRIPTION = "Output a list of available parameters"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("node_name", nargs="?", help="name of the node; without it, of all nodes")
    parser.add_argument("--include-hidden-nodes", action="store_true", help="take hidden nodes too")
    parser.add_argument("--param-prefixes", nargs="+", default=[], help="only parameters that begin so")


def main(args: argparse.Namespace) -> int:
    """Print names, below their node where all are asked for."""
    with graph_node(args) as node:
        if args.node_name:
            target = require_node(node, args.node_name)
            for name in list_names(node, target, args.param_prefixes):
                print(f"  {name}")
            return 0
        served = {name for name, _ in node.get_service_names_and_types()}
        for base, space in sorted(node.get_node_names_and_namespaces()):
            full = f"{space.rstrip('/')}/{base}"
            hidden = is_hidden(full) and not args.include_hidden_nodes
            if hidden or f"{full}/list_parameters" not in served:
                continue
            print(f"{full}:")
            for name in list_names(node, full, args.param_prefixes):
                print(f"  {name}")
    return 0
