# SPDX-License-Identifier: Apache-2.0
"""What the verbs that look at the graph share: a short-lived node, waiting, calls, names. No output formats."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ros2cli._interrupt import raise_from_now_on
from ros2cli.errors import CliError

SPIN_TIME_S = 0.5  # discovery on one machine takes 1 to 100 ms
QUIET_S = 0.15  # what is announced later than this after the last news is not waited for
WAIT_S = 3.0  # for a service, action or node that is named
POLL_S = 0.02


def add_graph_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of all verbs that look at the graph."""
    parser.add_argument("--spin-time", type=float, default=SPIN_TIME_S, help="longest time to look for others [s]")
    parser.add_argument("--no-daemon", action="store_true", help="without effect: there is no daemon")
    parser.add_argument("-s", "--use-sim-time", action="store_true", help="take the time from /clock")


@contextlib.contextmanager
def graph_node(args: argparse.Namespace, *, discover: bool = True) -> Iterator[Any]:
    """Yield a hidden node, by default after the time that discovery takes."""
    import rclpy
    from rclpy.signals import SignalHandlerOptions

    rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
    raise_from_now_on()
    try:
        overrides = [rclpy.Parameter("start_type_description_service", value=False)]
        overrides += [rclpy.Parameter("use_sim_time", value=True)] if args.use_sim_time else []
        node = rclpy.create_node(
            f"_ros2cli_{os.getpid()}", parameter_overrides=overrides, start_parameter_services=False
        )
        try:
            if discover:
                wait_for_discovery(node, args.spin_time)
            yield node
        finally:
            node.destroy_node()
    finally:
        rclpy.try_shutdown()


def wait_for_discovery(node: Any, spin_time_s: float) -> None:
    """Wait until all that others announced is known and no news come; a time long for an empty or unfinished graph."""
    graph = node.context.graph
    started_s = changed_s = time.monotonic()
    seen: Any = None
    while time.monotonic() - started_s < max(spin_time_s, QUIET_S):
        others = graph.participants()
        if others != seen:
            seen, changed_s = others, time.monotonic()
        settled = others and all(is_known for _, is_known in others)
        if settled and time.monotonic() - changed_s >= QUIET_S:
            return
        time.sleep(POLL_S)


def wait_until(condition: Callable[[], Any], timeout_s: float = WAIT_S) -> Any:
    """Return what the condition gives once it is true, or after the time-out."""
    deadline_s = time.monotonic() + timeout_s
    while not (value := condition()) and time.monotonic() < deadline_s:
        time.sleep(POLL_S)
    return value


def wait_for_server(wait: Callable[[float], bool], what: str, known: Callable[[], Iterable[str]]) -> None:
    """Wait without end for a service or action, as the real tool does; after a while name the nearest on stderr.

    Args:
        wait: Waits as long as it is told [s], returns whether the server is there.
        what: Kind and name, such as ``service /go``.
        known: Returns the names of that kind which are on the graph.
    """
    if wait(WAIT_S):
        return
    print(f"{what} is not there yet{nearest(what.split()[-1], known())}", file=sys.stderr, flush=True)
    while not wait(WAIT_S):
        pass


def call(node: Any, service_type: Any, name: str, request: Any, timeout_s: float = WAIT_S) -> Any:
    """Call a service and return the response.

    Raises:
        CliError: the service is not there.
    """
    import rclpy

    client = node.create_client(service_type, name)
    if not client.wait_for_service(timeout_s):
        near = nearest(name, [known for known, _ in node.get_service_names_and_types()])
        raise CliError(f"service '{name}' did not appear within {timeout_s:g} s{near}")
    future = client.call_async(request)
    rclpy.spin_until_future_complete(node, future)
    return future.result()


def absolute(name: str) -> str:
    """Return a name with a slash before it."""
    return name if name.startswith("/") else "/" + name


def is_hidden(name: str) -> bool:
    """Return whether a part of the name begins with an underscore."""
    return any(part.startswith("_") for part in name.split("/"))


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint with the nearest names, or nothing."""
    from launch.utilities import nearest_names

    return nearest_names(name, [entry for entry in known if entry != name and not is_hidden(entry)])


def require_node(node: Any, name: str) -> str:
    """Return the full name of a node of the graph.

    Raises:
        CliError: there is no such node, with the nearest names.
    """
    full = absolute(name)

    def names() -> list[str]:
        return [f"{space.rstrip('/')}/{base}" for base, space in node.get_node_names_and_namespaces()]

    if not wait_until(lambda: full in names(), SPIN_TIME_S):
        raise CliError(f"node '{full}' not found{nearest(full, names())}")
    return full


def require_type(names_and_types: Callable[[], list[tuple[str, list[str]]]], name: str, kind: str) -> str:
    """Return the type of a topic, service or action of the graph.

    Raises:
        CliError: there is none of that name, or it has several types.
    """
    full = absolute(name)
    types = wait_until(lambda: dict(names_and_types()).get(full), SPIN_TIME_S)
    if not types:
        raise CliError(f"{kind} '{full}' is not there{nearest(full, dict(names_and_types()))}")
    if len(types) > 1:
        raise CliError(f"{kind} '{full}' has several types: {', '.join(types)}")
    return str(types[0])


def load_interface(loader: Callable[[str], Any], name: str) -> Any:
    """Return the class of a type.

    Raises:
        CliError: there is no such type.
    """
    try:
        return loader(name)
    except Exception as error:
        raise CliError(f"type '{name}' cannot be used: {' '.join(str(error).split())}") from error


def read_yaml(text: str, what: str) -> dict[str, Any]:
    """Return the mapping that YAML reads in a text.

    Raises:
        CliError: it is not YAML, or no mapping.
    """
    import yaml

    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise CliError(f"{what} is not valid YAML: {' '.join(str(error).split())}") from error
    if values is not None and not isinstance(values, dict):
        raise CliError(f"{what} must be a mapping such as '{{data: 1}}', got '{text}'")
    return values or {}


def fill(message: Any, values: dict[str, Any]) -> list[Callable[[Any], None]]:
    """Set the fields of a message; return what stamps it when it is sent.

    Raises:
        CliError: an unknown field, or a value that does not fit.
    """
    from rosidl_runtime_py.set_message import set_message_fields

    try:
        return list(set_message_fields(message, values, expand_header_auto=True, expand_time_now=True))
    except (AttributeError, ValueError, TypeError, AssertionError) as error:
        raise CliError(f"{type(message).__name__}: {' '.join(str(error).split())}") from error


def print_names(names_and_types: Iterable[tuple[str, list[str]]], args: argparse.Namespace) -> None:
    """Print names, with types or only their number where that is asked for."""
    shown = sorted((name, types) for name, types in names_and_types)
    if args.count:
        print(len(shown))
        return
    for name, types in shown:
        print(f"{name} [{', '.join(types)}]" if args.show_types else name)
