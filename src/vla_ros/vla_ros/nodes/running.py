# SPDX-License-Identifier: Apache-2.0
"""Runs a node as a program: signals end it cleanly, a refused configuration is one sentence and an exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol

import rclpy
from rclpy.executors import Executor, ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from vla_ros.errors import VlaError

__all__ = ["FiniteProgram", "NodeProgram", "run_node"]


_SIGNAL_S = 0.1  # the longest that a signal goes unnoticed where no message arrives


class NodeProgram(Protocol):
    """A node with a beginning and an end."""

    node: Node

    def start(self) -> None:
        """Called before spinning; may raise a ``VlaError``."""

    def stop(self) -> None:
        """Called after spinning, while the middleware still works."""


class FiniteProgram(NodeProgram, Protocol):
    """A node that ends by itself."""

    exit_code: int | None  # None while there is work to do


def run_node(
    make: Callable[[], NodeProgram],
    args: Sequence[str] | None = None,
    make_executor: Callable[[], Executor] = SingleThreadedExecutor,
) -> int:
    """Run a node until SIGINT, SIGTERM, the shutdown of its context, or its own end where it has one.

    Args:
        make: Makes the node.
        args: Command line; ``--debug`` shows the traceback of an error.
        make_executor: Makes the executor that spins it.

    Returns:
        Exit code: that of a ``FiniteProgram`` that ended, else 0 after a signal, 1 after an error.
    """
    words = list(sys.argv if args is None else args)
    debug = "--debug" in words
    # The signal handlers are ours: the node is torn down while its publishers still work, then the context ends.
    try:
        with _starting():
            plain = [word for word in words if word != "--debug"]
            rclpy.init(args=plain, signal_handler_options=SignalHandlerOptions.NO)
        return _run(make, make_executor())
    except VlaError as error:
        if debug:
            raise
        sys.stderr.write(f"error: {error}\n")
        return 1
    finally:
        rclpy.try_shutdown()


@contextmanager
def _starting() -> Iterator[None]:
    """Make a sentence of any error of a start: parameters, remaps, files and the network are the user's to mend."""
    try:
        yield
    except VlaError:
        raise
    except Exception as error:
        text = " ".join(str(error).split())
        raise VlaError(f"{text or type(error).__name__} (--debug shows where)") from error


class _Signals:
    """Remembers SIGINT and SIGTERM instead of interrupting: no transition or callback is cut in two."""

    _NUMBERS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self.came = False
        self._previous = {number: signal.signal(number, self._on_signal) for number in self._NUMBERS}

    def restore(self) -> None:
        """Put the handlers back that were there before."""
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, frame: object) -> None:
        self.came = True


def _run(make: Callable[[], NodeProgram], executor: Executor) -> int:
    signals = _Signals()
    try:
        with _starting():
            program = make()
        _spin(program, executor, signals)
        return getattr(program, "exit_code", None) or 0
    finally:
        signals.restore()


def _spin(program: NodeProgram, executor: Executor, signals: _Signals) -> None:
    try:
        executor.add_node(program.node)
        program.start()
        with suppress(ExternalShutdownException):
            while not signals.came and getattr(program, "exit_code", None) is None:
                executor.spin_once(timeout_sec=_SIGNAL_S)
    finally:
        program.stop()
        executor.shutdown()
        program.node.destroy_node()
