# SPDX-License-Identifier: Apache-2.0
"""ros2 param set: a new value for a parameter."""

from __future__ import annotations

import argparse

from ros2cli._graph import add_graph_arguments, graph_node, require_node
from ros2cli._param import set_value
from ros2cli.errors import CliError

DESCRIPTION = "Set a parameter"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("node_name", help="name of the node")
    parser.add_argument("parameter_name", help="name of the parameter")
    parser.add_argument("value", help="value, as YAML")


def main(args: argparse.Namespace) -> int:
    """Set it; a refusal is an error."""
    from rclpy.parameter import get_parameter_value

    value = get_parameter_value(args.value)
    with graph_node(args, discover=False) as node:
        result = set_value(node, require_node(node, args.node_name), args.parameter_name, value)
    if not result.successful:
        raise CliError(f"Setting parameter failed: {result.reason}")
    print("Set parameter successful" + (f": {result.reason}" if result.reason else ""))
    return 0
