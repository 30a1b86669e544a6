# SPDX-License-Identifier: Apache-2.0
"""ros2 service info: type, clients and servers of a service."""

from __future__ import annotations

import argparse

from ros2cli._graph import absolute, add_graph_arguments, graph_node, require_type

DESCRIPTION = "Print information about a service"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("service_name", help="name of the service")


def main(args: argparse.Namespace) -> int:
    """Print it."""
    name = absolute(args.service_name)
    with graph_node(args) as node:
        type_name = require_type(node.get_service_names_and_types, name, "service")
        print(f"Type: {type_name}")
        print(f"Clients count: {node.count_clients(name)}\nServices count: {node.count_services(name)}")
    return 0
