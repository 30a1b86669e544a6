# SPDX-License-Identifier: Apache-2.0
"""ros2 param get: the value of a parameter."""

from __future__ import annotations

import argparse

from ros2cli._graph import add_graph_arguments, graph_node, require_node
from ros2cli._param import TYPES, require_value

DESCRIPTION = "Get a parameter"
LABELS = {1: "Boolean value is:", 2: "Integer value is:", 3: "Double value is:", 4: "String value is:",
          5: "Byte values are:", 6: "Boolean values are:", 7: "Integer values are:", 8: "Double values are:",
          9: "String values are:"}  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("node_name", help="name of the node")
    parser.add_argument("parameter_name", help="name of the parameter")
    parser.add_argument("--hide-type", action="store_true", help="show the value only")


def main(args: argparse.Namespace) -> int:
    """Print it."""
    from rclpy.parameter import parameter_value_to_python

    with graph_node(args, discover=False) as node:
        value = require_value(node, require_node(node, args.node_name), args.parameter_name)
    shown = parameter_value_to_python(value)
    print(shown if args.hide_type else f"{LABELS.get(value.type, TYPES[0])} {shown}")
    return 0
