# SPDX-License-Identifier: Apache-2.0
"""``ros2 run vla_ros preflight``: looks at the live graph, prints what fits the contract and what to do. Wiring only.

Exit codes: 0 motion may start, 1 it must not, 2 the command itself was wrong.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.utilities import remove_ros_args
from vla_ros.contract import Contract, load_contract
from vla_ros.errors import VlaError
from vla_ros.nodes.graph_probe import GraphProbe
from vla_ros.preflight import Check, Verdict, json_report, run_checks, table

__all__ = ["main"]

_DISCOVERY_S = 1.0  # before the look begins: endpoints of a running graph are found well within it


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="preflight", description="Check the live graph against the robot's contract; nothing is moved."
    )
    parser.add_argument("contract", help="path of the robot contract, e.g. config/robots/franka.yaml")
    parser.add_argument("--robot", default="", help="which robot of the contract (default: its own)")
    parser.add_argument("--target", default="", help="sim or real (default: the contract's own)")
    parser.add_argument("--duration", type=float, default=3.0, metavar="S", help="how long to look [s] (default: 3)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    options = parser.parse_args(words)
    if not 0.5 <= options.duration <= 600.0:
        parser.error(f"--duration must be 0.5 .. 600 s, got {options.duration:g}")
    return options


def main(args: Sequence[str] | None = None) -> int:
    """Run the checks and return the exit code."""
    words = list(sys.argv if args is None else args)
    options = _parse(remove_ros_args(words)[1:])
    try:
        contract = load_contract(options.contract, options.robot, options.target)
    except VlaError as error:
        if options.debug:
            raise
        sys.stderr.write(f"error: {error}\n")
        return 2
    try:
        checks = _look(contract, words, options.duration)
    except (KeyboardInterrupt, ExternalShutdownException):
        return 2
    text = json_report(checks, contract.variant, contract.hash) if options.json else table(checks)
    sys.stdout.write(text + "\n")
    return int(any(check.verdict is Verdict.FAIL for check in checks))


def _look(contract: Contract, words: Sequence[str], duration_s: float) -> tuple[Check, ...]:
    rclpy.init(args=list(words))
    node = rclpy.create_node("preflight")
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    try:
        _spin(executor, _DISCOVERY_S)
        probe = GraphProbe(node, contract)
        _spin(executor, duration_s)
        return run_checks(contract, probe.facts())
    finally:
        executor.shutdown()
        node.destroy_node()
        rclpy.try_shutdown()


def _spin(executor: SingleThreadedExecutor, duration_s: float) -> None:
    """Let callbacks run for a while."""
    finished = rclpy.task.Future()
    executor.spin_until_future_complete(finished, timeout_sec=duration_s)


if __name__ == "__main__":
    sys.exit(main())
