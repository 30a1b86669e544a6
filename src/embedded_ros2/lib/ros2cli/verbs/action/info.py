# SPDX-License-Identifier: Apache-2.0
"""ros2 action info: who serves an action and who is its client."""

from __future__ import annotations

import argparse

from ros2cli._graph import absolute, add_graph_arguments, graph_node, require_type

DESCRIPTION = "Print information about an action"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("action_name", help="name of the action")
    parser.add_argument("-t", "--show-types", action="store_true", help="show types too")
    parser.add_argument("-c", "--count", action="store_true", help="show only how many there are")


def main(args: argparse.Namespace) -> int:
    """Print it."""
    from rclpy import action

    name = absolute(args.action_name)
    print_lines = [f"Action: {name}"]
    with graph_node(args) as node:
        require_type(lambda: action.get_action_names_and_types(node), name, "action")
        for title, lookup in (
            ("Action clients", action.get_action_client_names_and_types_by_node),
            ("Action servers", action.get_action_server_names_and_types_by_node),
        ):
            found = []
            for base, space in sorted(node.get_node_names_and_namespaces()):
                types = dict(lookup(node, base, space)).get(name)
                if types:
                    suffix = f" [{', '.join(types)}]" if args.show_types else ""
                    found.append(f"    {space.rstrip('/')}/{base}{suffix}")
            print_lines += [f"{title}: {len(found)}", *([] if args.count else found)]
    print("\n".join(print_lines))
    return 0
