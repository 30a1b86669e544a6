# SPDX-License-Identifier: Apache-2.0
"""Runs the node as a program: signals end it cleanly, a refused configuration is one sentence and an exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import rclpy
from rclpy.executors import ExternalShutdownException, MultiThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from vla_sim.errors import SimulationError

__all__ = ["NodeProgram", "run_node"]

SIGNAL_S = 0.1  # the longest that a signal goes unnoticed where no message arrives
THREADS = 6  # an action keeps its thread while its motion lasts: arm, gripper, and one that replaces it


class NodeProgram(Protocol):
    """A node with a beginning and an end."""

    node: Node

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End, while the middleware still works."""


def run_node(make: Callable[[], NodeProgram], args: Sequence[str] | None = None) -> int:
    """Run a node until SIGINT, SIGTERM or the shutdown of its context; return the exit code."""
    words = list(sys.argv if args is None else args)
    came: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: came.append(number))
    try:
        with _starting():
            plain = [word for word in words if word != "--debug"]
            rclpy.init(args=plain, signal_handler_options=SignalHandlerOptions.NO)
            program = make()
        _spin(program, came)
    except SimulationError as error:
        if "--debug" in words:
            raise
        sys.stderr.write(f"error: {error}\n")
        return 1
    finally:
        rclpy.try_shutdown()
    return 0


@contextmanager
def _starting() -> Iterator[None]:
    """Make a sentence of any error of a start: parameters, remaps, files and the network are the user's to mend."""
    try:
        yield
    except SimulationError:
        raise
    except Exception as error:
        text = " ".join(str(error).split())
        raise SimulationError(f"{text or type(error).__name__} (--debug shows where)") from error


def _spin(program: NodeProgram, came: list[int]) -> None:
    executor = MultiThreadedExecutor(num_threads=THREADS)
    executor.add_node(program.node)
    try:
        program.start()
        while not came:
            executor.spin_once(timeout_sec=SIGNAL_S)
    except ExternalShutdownException:
        pass
    finally:
        program.stop()
        executor.shutdown()
        program.node.destroy_node()
