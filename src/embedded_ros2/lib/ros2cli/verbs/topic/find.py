# SPDX-License-Identifier: Apache-2.0
"""ros2 topic find: the topics of a type."""

from __future__ import annotations

import argparse

from ros2cli._graph import add_graph_arguments, graph_node

DESCRIPTION = "Output a list of available topics of a given type"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("-c", "--count-topics", dest="count", action="store_true", help="show only how many there are")
    parser.add_argument("topic_type", help="type such as std_msgs/msg/String")


def main(args: argparse.Namespace) -> int:
    """Print names, sorted."""
    with graph_node(args) as node:
        found = sorted(name for name, types in node.get_topic_names_and_types() if args.topic_type in types)
    if args.count:
        print(len(found))
        return 0
    for name in found:
        print(name)
    return 0
