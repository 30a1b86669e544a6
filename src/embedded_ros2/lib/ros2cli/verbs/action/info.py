# SPDX-License-Identifier: Apache-2.0
"""ros2 action info: who serves an action and who is its client."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

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
    lines = [f"Action: {name}"]
    with graph_node(args) as node:
        require_type(lambda: action.get_action_names_and_types(node), name, "action")
        for title, lookup in (
            ("Action clients", action.get_action_client_names_and_types_by_node),
            ("Action servers", action.get_action_server_names_and_types_by_node),
        ):
            found = _nodes_with(node, name, lookup)
            lines.append(f"{title}: {len(found)}")
            shown = {} if args.count else found
            lines += [f"    {full} [{types}]" if args.show_types else f"    {full}" for full, types in shown.items()]
    print("\n".join(lines))
    return 0


def _nodes_with(node: Any, action_name: str, lookup: Callable[..., list[tuple[str, list[str]]]]) -> dict[str, str]:
    found = {}
    for base, space in sorted(node.get_node_names_and_namespaces()):
        types = dict(lookup(node, base, space)).get(action_name)
        if types:
            found[f"{space.rstrip('/')}/{base}"] = ", ".join(types)
    return found
