# SPDX-License-Identifier: Apache-2.0
"""ros2 interface proto: an interface with its default values, to be filled in."""

from __future__ import annotations

import argparse

from ros2cli._interfaces import interface_text

DESCRIPTION = "Output an interface prototype"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("--no-quotes", action="store_true", help="leave out the quotes around it")
    parser.add_argument("type", help="interface such as 'example_interfaces/srv/AddTwoInts'")


def main(args: argparse.Namespace) -> int:
    """Print the message, the request of a service or the goal of an action as YAML."""
    from rosidl_runtime_py import message_to_yaml
    from rosidl_runtime_py.utilities import get_interface

    interface_text(args.type)
    interface = get_interface(args.type)
    cls = getattr(interface, "Request", None) or getattr(interface, "Goal", None) or interface
    text = message_to_yaml(cls())
    print(text if args.no_quotes else f'"{text}"')
    return 0
