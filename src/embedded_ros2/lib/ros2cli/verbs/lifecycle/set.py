# SPDX-License-Identifier: Apache-2.0
"""ros2 lifecycle set: a transition of a lifecycle node."""

from __future__ import annotations

import argparse

from ros2cli._graph import add_graph_arguments, call, graph_node, nearest, require_node
from ros2cli._lifecycle import available_transitions
from ros2cli.errors import CliError

DESCRIPTION = "Trigger lifecycle state transition"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("node_name", help="name of the node")
    parser.add_argument("transition", help="transition such as configure, by label or number")


def main(args: argparse.Namespace) -> int:
    """Ask for it; a transition that is not there or fails is an error."""
    from lifecycle_msgs.srv import ChangeState

    with graph_node(args, discover=False) as node:
        target = require_node(node, args.node_name)
        choices = [entry.transition for entry in available_transitions(node, target)]
        chosen = [entry for entry in choices if args.transition in (entry.label, str(entry.id))]
        if not chosen:
            labels = [entry.label for entry in choices]
            near = nearest(args.transition, labels)
            raise CliError(f"'{args.transition}' is no transition now{near}; there are: {', '.join(labels)}")
        response = call(node, ChangeState, f"{target}/change_state", ChangeState.Request(transition=chosen[0]))
    if not response.success:
        raise CliError("Transitioning failed")
    print("Transitioning successful")
    return 0
