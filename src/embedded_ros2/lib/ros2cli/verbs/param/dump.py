# SPDX-License-Identifier: Apache-2.0
"""ros2 param dump: all parameters of a node, as a parameter file."""

from __future__ import annotations

import argparse
from typing import Any

from ros2cli._graph import add_graph_arguments, graph_node, require_node
from ros2cli._param import get_values, list_names

DESCRIPTION = "Dump the parameters of a node as YAML"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("node_name", help="name of the node")


def main(args: argparse.Namespace) -> int:
    """Print the file."""
    import yaml

    from rclpy.parameter import parameter_value_to_python

    with graph_node(args, discover=False) as node:
        target = require_node(node, args.node_name)
        names = list_names(node, target)
        values = get_values(node, target, names)
    tree: dict[str, Any] = {}
    for name, value in zip(names, values, strict=True):
        *parents, leaf = name.split(".")
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
        plain = parameter_value_to_python(value)
        if plain is None:
            continue  # declared without a value: a file cannot hold that
        branch[leaf] = list(plain) if hasattr(plain, "tolist") else plain
    print(yaml.safe_dump({target: {"ros__parameters": tree}}, default_flow_style=False))
    return 0
