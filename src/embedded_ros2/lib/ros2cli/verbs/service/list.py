# SPDX-License-Identifier: Apache-2.0
"""ros2 service list: the services of the graph."""

from __future__ import annotations

import argparse

from ros2cli._graph import add_graph_arguments, graph_node, is_hidden, print_names

DESCRIPTION = "Output a list of available services"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("-t", "--show-types", action="store_true", help="show types too")
    parser.add_argument("-c", "--count-services", dest="count", action="store_true", help="show only how many")
    parser.add_argument("--include-hidden-services", action="store_true", help="show hidden services too")


def main(args: argparse.Namespace) -> int:
    """Print names, sorted."""
    with graph_node(args) as node:
        found = node.get_service_names_and_types()
    print_names([entry for entry in found if args.include_hidden_services or not is_hidden(entry[0])], args)
    return 0
