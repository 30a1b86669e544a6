# SPDX-License-Identifier: Apache-2.0
"""ros2 service call: a request to a service."""

from __future__ import annotations

import argparse
import time
from typing import Any

from ros2cli._graph import (
    absolute,
    add_graph_arguments,
    call,
    fill,
    graph_node,
    load_interface,
    read_yaml,
    wait_for_server,
)
from ros2cli.errors import CliError

DESCRIPTION = "Call a service"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the verb."""
    add_graph_arguments(parser)
    parser.add_argument("service_name", help="name of the service")
    parser.add_argument("service_type", help="type such as std_srvs/srv/Trigger")
    parser.add_argument("values", nargs="?", default="{}", help="values of the request as YAML")
    parser.add_argument("-r", "--rate", type=float, help="call again and again, this often per second")


def main(args: argparse.Namespace) -> int:
    """Print request and response."""
    from rosidl_runtime_py.utilities import get_service

    service_type = load_interface(get_service, args.service_type)
    request = service_type.Request()
    fill(request, read_yaml(args.values, "the request"))
    if args.rate is not None and args.rate <= 0:
        raise CliError(f"--rate must be > 0, got {args.rate:g}")
    with graph_node(args, discover=False) as node:
        _wait_for_service(node, service_type, absolute(args.service_name))
        while True:
            print(f"requester: making request: {request!r}\n", flush=True)
            response = call(node, service_type, absolute(args.service_name), request)
            print(f"response:\n{response!r}\n", flush=True)
            if args.rate is None:
                return 0
            time.sleep(1.0 / args.rate)


def _wait_for_service(node: Any, service_type: Any, name: str) -> None:
    client = node.create_client(service_type, name)
    if not client.service_is_ready():
        print("waiting for service to become available...", flush=True)
        names_and_types = node.get_service_names_and_types
        wait_for_server(client.wait_for_service, f"service {name}", lambda: dict(names_and_types()))
    node.destroy_client(client)
