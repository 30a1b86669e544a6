# SPDX-License-Identifier: Apache-2.0
"""ros2 param delete: a parameter taken away."""

from __future__ import annotations

import argparse

from ros2cli._graph import add_graph_arguments, graph_node, require_node
from ros2cli._param import require_value, set_value
from ros2cli.errors import CliError

DESCRIPTION = "Delete a parameter"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("node_name", help="name of the node")
    parser.add_argument("parameter_name", help="name of the parameter")


def main(args: argparse.Namespace) -> int:
    """Delete it; a refusal is an error."""
    from rcl_interfaces.msg import ParameterValue

    with graph_node(args, discover=False) as node:
        target = require_node(node, args.node_name)
        require_value(node, target, args.parameter_name)
        result = set_value(node, target, args.parameter_name, ParameterValue())
    if not result.successful:
        raise CliError(f"Deleting parameter failed: {result.reason}")
    print("Deleted parameter successfully")
    return 0
