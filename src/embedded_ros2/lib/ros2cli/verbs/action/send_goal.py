# SPDX-License-Identifier: Apache-2.0
"""ros2 action send_goal: a goal for an action server."""

from __future__ import annotations

import argparse
from typing import Any

from ros2cli._graph import (
    absolute,
    add_graph_arguments,
    fill,
    graph_node,
    load_interface,
    read_yaml,
    wait_for_server,
)

DESCRIPTION = "Send an action goal"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("action_name", help="name of the action")
    parser.add_argument("action_type", help="type such as example_interfaces/action/Fibonacci")
    parser.add_argument("goal", help="values of the goal as YAML")
    parser.add_argument("-f", "--feedback", action="store_true", help="show the feedback")


def main(args: argparse.Namespace) -> int:
    """Send the goal and wait for its result; ctrl-c cancels it. The exit code is 0 if it succeeded."""
    from action_msgs.msg import GoalStatus

    from rclpy.action import ActionClient, get_action_names_and_types
    from rosidl_runtime_py.utilities import get_action

    action_type = load_interface(get_action, args.action_type)
    goal = action_type.Goal()
    fill(goal, read_yaml(args.goal, "the goal"))
    name = absolute(args.action_name)
    with graph_node(args, discover=False) as node:
        client = ActionClient(node, action_type, name)
        print("Waiting for an action server to become available...", flush=True)
        wait_for_server(client.wait_for_server, f"action {name}", lambda: dict(get_action_names_and_types(node)))
        status = _run(node, client, goal, show_feedback=args.feedback)
    return 0 if status == GoalStatus.STATUS_SUCCEEDED else 1


def _run(node: Any, client: Any, goal: Any, *, show_feedback: bool) -> int:
    from action_msgs.msg import GoalStatus

    import rclpy
    from rosidl_runtime_py.convert import message_to_yaml

    def on_feedback(message: Any) -> None:
        print(f"Feedback:\n    {message_to_yaml(message.feedback)}", flush=True)

    print(f"Sending goal:\n     {message_to_yaml(goal)}", flush=True)
    sent = client.send_goal_async(goal, feedback_callback=on_feedback if show_feedback else None)
    rclpy.spin_until_future_complete(node, sent)
    handle = sent.result()
    if not handle.accepted:
        print("Goal was rejected.")
        return int(GoalStatus.STATUS_ABORTED)
    print(f"Goal accepted with ID: {bytes(handle.goal_id.uuid).hex()}\n", flush=True)
    outcome = handle.get_result_async()
    try:
        rclpy.spin_until_future_complete(node, outcome)
    except KeyboardInterrupt:
        print("Canceling goal...", flush=True)
        rclpy.spin_until_future_complete(node, handle.cancel_goal_async())
        rclpy.spin_until_future_complete(node, outcome)
    response = outcome.result()
    names = {value: key.removeprefix("STATUS_") for key, value in _constants(GoalStatus)}
    print(f"Result:\n    {message_to_yaml(response.result)}")
    print(f"Goal finished with status: {names.get(response.status, response.status)}")
    return int(response.status)


def _constants(status_type: Any) -> list[tuple[str, int]]:
    names = ("UNKNOWN", "ACCEPTED", "EXECUTING", "CANCELING", "SUCCEEDED", "CANCELED", "ABORTED")
    return [(f"STATUS_{name}", getattr(status_type, f"STATUS_{name}")) for name in names]
