# SPDX-License-Identifier: Apache-2.0
"""ros2 param describe: type, description and bounds of a parameter."""

from __future__ import annotations

import argparse

from ros2cli._graph import add_graph_arguments, graph_node, require_node
from ros2cli._param import TYPES, describe, require_value

DESCRIPTION = "Show descriptive information about declared parameters"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("node_name", help="name of the node")
    parser.add_argument("parameter_names", nargs="+", help="names of the parameters")


def main(args: argparse.Namespace) -> int:
    """Print them."""
    with graph_node(args, discover=False) as node:
        target = require_node(node, args.node_name)
        for name in args.parameter_names:
            require_value(node, target, name)
        for descriptor in describe(node, target, args.parameter_names):
            _show(descriptor)
    return 0


def _show(descriptor) -> None:
    print(f"Parameter name: {descriptor.name}\n  Type: {TYPES[descriptor.type]}")
    if descriptor.description:
        print(f"  Description: {descriptor.description}")
    print("  Constraints:")
    if descriptor.read_only:
        print("    Read only: true")
    for bounds in (*descriptor.integer_range, *descriptor.floating_point_range):
        print(f"    Min value: {bounds.from_value}\n    Max value: {bounds.to_value}")
        if bounds.step:
            print(f"    Step: {bounds.step}")
    if descriptor.additional_constraints:
        print(f"    Additional constraints: {descriptor.additional_constraints}")
