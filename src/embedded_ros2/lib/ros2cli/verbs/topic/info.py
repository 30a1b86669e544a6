# SPDX-License-Identifier: Apache-2.0
"""ros2 topic info: type, publishers and subscribers of a topic."""

from __future__ import annotations

import argparse

from ros2cli._graph import absolute, add_graph_arguments, graph_node, require_type

DESCRIPTION = "Print information about a topic"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("topic_name", help="name of the topic")
    parser.add_argument("-v", "--verbose", action="store_true", help="show nodes, hashes and quality of service too")


def main(args: argparse.Namespace) -> int:
    """Print it."""
    name = absolute(args.topic_name)
    with graph_node(args) as node:
        type_name = require_type(node.get_topic_names_and_types, name, "topic")
        publishers = node.get_publishers_info_by_topic(name)
        subscriptions = node.get_subscriptions_info_by_topic(name)
    print(f"Type: {type_name}")
    if not args.verbose:
        print(f"Publisher count: {len(publishers)}\nSubscription count: {len(subscriptions)}")
        return 0
    print()
    for title, infos in (("Publisher count", publishers), ("Subscription count", subscriptions)):
        print(f"{title}: {len(infos)}\n")
        for info in infos:
            print(f"{info}\n")
    return 0
