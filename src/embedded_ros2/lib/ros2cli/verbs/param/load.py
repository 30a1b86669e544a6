# SPDX-License-Identifier: Apache-2.0
"""ros2 param load: the parameters of a file, set on a node that runs."""

from __future__ import annotations

import argparse

from ros2cli._graph import add_graph_arguments, graph_node, require_node
from ros2cli._param import set_value
from ros2cli.errors import CliError

DESCRIPTION = "Load a parameter file for a node"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("node_name", help="name of the node")
    parser.add_argument("parameter_file", help="parameter file")
    parser.add_argument("--no-use-wildcard", action="store_true", help="leave out what stands under /**")


def main(args: argparse.Namespace) -> int:
    """Set each parameter and say how it went."""
    from rclpy.parameter import parameter_dict_from_yaml_file

    refused = 0
    with graph_node(args, discover=False) as node:
        target = require_node(node, args.node_name)
        try:
            loaded = parameter_dict_from_yaml_file(args.parameter_file, not args.no_use_wildcard, target_nodes=[target])
        except Exception as error:
            raise CliError(" ".join(str(error).split())) from error
        for name, parameter in loaded.items():
            result = set_value(node, target, name, parameter.value)
            outcome = "successful" if result.successful else f"failed: {result.reason}"
            refused += not result.successful
            print(f"Set parameter {name} {outcome}")
    return 1 if refused else 0
