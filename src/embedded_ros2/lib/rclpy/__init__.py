# SPDX-License-Identifier: Apache-2.0
"""The ROS 2 client library for Python, embedded: the API of Jazzy's rclpy over Cyclone DDS."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rclpy.context import Context
from rclpy.parameter import Parameter
from rclpy.signals import SignalHandlerOptions, add_context, install_signal_handlers, uninstall_signal_handlers
from rclpy.task import Future
from rclpy.utilities import (
    get_default_context,
    get_rmw_implementation_identifier,
    ok,
)
from rclpy.utilities import (
    try_shutdown as _try_shutdown,
)

if TYPE_CHECKING:
    from rclpy.executors import Executor
    from rclpy.node import Node

__all__ = [
    "InitContextManager",
    "create_node",
    "get_default_context",
    "get_global_executor",
    "get_rmw_implementation_identifier",
    "init",
    "ok",
    "shutdown",
    "spin",
    "spin_once",
    "spin_until_future_complete",
    "try_shutdown",
]

_global_executor: Executor | None = None


class InitContextManager:
    """Shuts down what init() started when the ``with`` block ends."""

    def __init__(self, context: Context, *, uninstall: bool):
        self.context = context
        self._uninstall = uninstall

    def __enter__(self) -> InitContextManager:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try_shutdown(context=self.context, uninstall_handlers=self._uninstall)


def init(
    *,
    args: Sequence[str] | None = None,
    context: Context | None = None,
    domain_id: int | None = None,
    signal_handler_options: SignalHandlerOptions | None = None,
) -> InitContextManager:
    """Start communication for a context, the default one if none is given.

    Args:
        args: A command line with ``--ros-args``; None takes sys.argv.
        domain_id: Takes precedence over ROS_DOMAIN_ID.
        signal_handler_options: Signals that shut the context down; by default interrupt and terminate for the default
            context and none for others.

    Raises:
        RuntimeError: The context is initialised already, or the network cannot be used.
    """
    own = context is not None
    context = get_default_context() if context is None else context
    context.init(args, domain_id=domain_id)
    add_context(context)
    if signal_handler_options is None:
        signal_handler_options = SignalHandlerOptions.NO if own else SignalHandlerOptions.ALL
    if signal_handler_options or not own:
        install_signal_handlers(signal_handler_options)
    atexit.register(context.destroy)
    return InitContextManager(context, uninstall=not own)


def shutdown(*, context: Context | None = None, uninstall_handlers: bool | None = None) -> None:
    """End a context, the default one if none is given.

    Raises:
        RuntimeError: It is not initialised or shut down already.
    """
    own = context is not None
    context = get_default_context() if context is None else context
    context.shutdown()
    _clean_up(context, uninstall=not own if uninstall_handlers is None else uninstall_handlers)


def try_shutdown(*, context: Context | None = None, uninstall_handlers: bool | None = None) -> None:
    """End a context unless it is ended."""
    own = context is not None
    context = get_default_context() if context is None else context
    if context.ok():
        _try_shutdown(context=context)
        _clean_up(context, uninstall=not own if uninstall_handlers is None else uninstall_handlers)


def _clean_up(context: Context, *, uninstall: bool) -> None:
    global _global_executor
    if _global_executor is not None and _global_executor.context is context:
        _global_executor.shutdown()
        _global_executor = None
    if uninstall:
        uninstall_signal_handlers()


def create_node(
    node_name: str,
    *,
    context: Context | None = None,
    cli_args: Sequence[str] | None = None,
    namespace: str | None = None,
    use_global_arguments: bool = True,
    enable_rosout: bool = True,
    start_parameter_services: bool = True,
    parameter_overrides: Sequence[Parameter] | None = None,
    allow_undeclared_parameters: bool = False,
    automatically_declare_parameters_from_overrides: bool = False,
    enable_logger_service: bool = False,
) -> Node:
    """Return a node; see ``rclpy.node.Node``."""
    from rclpy.node import Node

    return Node(
        node_name,
        context=context,
        cli_args=cli_args,
        namespace=namespace,
        use_global_arguments=use_global_arguments,
        enable_rosout=enable_rosout,
        start_parameter_services=start_parameter_services,
        parameter_overrides=parameter_overrides,
        allow_undeclared_parameters=allow_undeclared_parameters,
        automatically_declare_parameters_from_overrides=automatically_declare_parameters_from_overrides,
        enable_logger_service=enable_logger_service,
    )


def get_global_executor() -> Executor:
    """Return the executor that the functions here use when they are given none."""
    global _global_executor
    if _global_executor is None or not _global_executor.context.ok():
        from rclpy.executors import SingleThreadedExecutor

        _global_executor = SingleThreadedExecutor()
    return _global_executor


def spin_once(node: Node, *, executor: Executor | None = None, timeout_sec: float | None = None) -> None:
    """Run one callback of a node; wait for it up to the timeout, None waits without end."""
    _with_node(node, executor, lambda chosen: chosen.spin_once(timeout_sec=timeout_sec))


def spin(node: Node, executor: Executor | None = None) -> None:
    """Run the callbacks of a node until the context is shut down.

    Raises:
        ExternalShutdownException: A signal or another thread shut the context down.
    """
    _with_node(node, executor, _spin_on)


def _spin_on(executor: Executor) -> None:
    while executor.context.ok():
        executor.spin_once()


def spin_until_future_complete(
    node: Node, future: Future, executor: Executor | None = None, timeout_sec: float | None = None
) -> None:
    """Run the callbacks of a node until the future is done or the timeout is over."""
    _with_node(node, executor, lambda chosen: chosen.spin_until_future_complete(future, timeout_sec))


def _with_node(node: Node, executor: Executor | None, spin: Callable[[Any], None]) -> None:
    chosen = get_global_executor() if executor is None else executor
    added = chosen.add_node(node)
    try:
        spin(chosen)
    finally:
        if added:
            chosen.remove_node(node)
