# SPDX-License-Identifier: Apache-2.0
"""ros2 param list: the parameters of one node or of all."""

from __future__ import annotations

import argparse
import re
from typing import Any

from ros2cli._graph import add_graph_arguments, graph_node, is_hidden, require_node
from ros2cli._param import TYPES, describe, list_names

DESCRIPTION = "Output a list of available parameters"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("node_name", nargs="?", help="name of the node; without it, of all nodes")
    parser.add_argument("--include-hidden-nodes", action="store_true", help="take hidden nodes too")
    parser.add_argument("--param-prefixes", nargs="+", default=[], help="only parameters that begin so")
    parser.add_argument("--param-type", action="store_true", help="show types too")
    parser.add_argument("--filter", type=_expression, help="only parameters that begin as a regular expression says")


def main(args: argparse.Namespace) -> int:
    """Print names, below their node where all are asked for."""
    with graph_node(args) as node:
        if args.node_name:
            target = require_node(node, args.node_name)
            _print_names(node, target, args)
            return 0
        served = {name for name, _ in node.get_service_names_and_types()}
        for base, space in sorted(node.get_node_names_and_namespaces()):
            full = f"{space.rstrip('/')}/{base}"
            hidden = is_hidden(full) and not args.include_hidden_nodes
            if hidden or f"{full}/list_parameters" not in served:
                continue
            print(f"{full}:")
            _print_names(node, full, args)
    return 0


def _expression(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no regular expression: {error}") from None


def _print_names(node: Any, target: str, args: argparse.Namespace) -> None:
    found = list_names(node, target, args.param_prefixes)
    names = [name for name in found if not args.filter or args.filter.match(name)]
    if not args.param_type:
        print("".join(f"  {name}\n" for name in names), end="")
        return
    for descriptor in describe(node, target, names):
        print(f"  {descriptor.name} (type: {TYPES[descriptor.type]})")
