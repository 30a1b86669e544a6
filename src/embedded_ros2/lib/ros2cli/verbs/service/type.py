# SPDX-License-Identifier: Apache-2.0
"""ros2 service type: the type of a service."""

from __future__ import annotations

import argparse

from ros2cli._graph import add_graph_arguments, graph_node, require_type

DESCRIPTION = "Output a service's type"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("service_name", help="name of the service")


def main(args: argparse.Namespace) -> int:
    """Print it."""
    with graph_node(args) as node:
        print(require_type(node.get_service_names_and_types, args.service_name, "service"))
    return 0
