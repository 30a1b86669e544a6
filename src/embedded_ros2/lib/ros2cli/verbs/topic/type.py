# SPDX-License-Identifier: Apache-2.0
"""ros2 topic type: the type of a topic."""

from __future__ import annotations

import argparse

from ros2cli._graph import add_graph_arguments, graph_node, require_type

DESCRIPTION = "Print a topic's type"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("topic_name", help="name of the topic")


def main(args: argparse.Namespace) -> int:
    """Print it."""
    with graph_node(args) as node:
        print(require_type(node.get_topic_names_and_types, args.topic_name, "topic"))
    return 0
