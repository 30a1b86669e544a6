# SPDX-License-Identifier: Apache-2.0
"""ros2 node info: what one node publishes, hears, serves and calls."""

from __future__ import annotations

import argparse

from ros2cli._graph import add_graph_arguments, graph_node, is_hidden, require_node

DESCRIPTION = "Output information about a node"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("node_name", help="name of the node")
    parser.add_argument("--include-hidden", action="store_true", help="show hidden names too")


def main(args: argparse.Namespace) -> int:
    """Print names and types by kind."""
    from rclpy import action

    with graph_node(args) as node:
        full = require_node(node, args.node_name)
        space, _, base = full.rpartition("/")
        where = (base, space or "/")
        parts = {
            "Subscribers": node.get_subscriber_names_and_types_by_node(*where),
            "Publishers": node.get_publisher_names_and_types_by_node(*where),
            "Service Servers": node.get_service_names_and_types_by_node(*where),
            "Service Clients": node.get_client_names_and_types_by_node(*where),
            "Action Servers": action.get_action_server_names_and_types_by_node(node, *where),
            "Action Clients": action.get_action_client_names_and_types_by_node(node, *where),
        }
    print(full)
    for title, entries in parts.items():
        print(f"  {title}:")
        shown = [(name, types) for name, types in sorted(entries) if args.include_hidden or not is_hidden(name)]
        # An empty line stands for none, as in the real tool.
        print("\n".join(f"    {name}: {', '.join(types)}" for name, types in shown))
    return 0
