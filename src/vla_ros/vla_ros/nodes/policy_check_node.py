# SPDX-License-Identifier: Apache-2.0
"""``ros2 run vla_ros policy_check``: shows what a remote policy would be sent and what it answers. Moves nothing.

Exit codes: 0 the answer is usable, 1 it is not or there is none, 2 the command or the configuration is wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Sequence

from rclpy.utilities import remove_ros_args
from vla_ros.contract import load_contract
from vla_ros.errors import PolicyError, VlaError
from vla_ros.nodes.policy_loading import policy_folder
from vla_ros.policy.configuration import find_policy
from vla_ros.policy.remote.dry_run import DryRun, Row, check_sent, observation_at_rest, run_dry
from vla_ros.policy.remote.faults import RemoteError
from vla_ros.policy.remote.options import RemoteOptions, remote_options
from vla_ros.policy.remote.policy import RemotePolicy, remote_policy
from vla_ros.types import Observation

__all__ = ["main"]


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="policy_check", description="Show what a remote policy is sent and what it answers; nothing is moved."
    )
    parser.add_argument("policy", help="name of a policy in config/policies, or path of its YAML file")
    parser.add_argument("--contract", default="config/robots/franka.yaml", help="path of the robot contract")
    parser.add_argument("--robot", default="", help="which robot of the contract (default: its own)")
    parser.add_argument("--target", default="", help="sim or real (default: the contract's own)")
    parser.add_argument("--url", default="", help="address of the server (default: the policy's)")
    parser.add_argument("--instruction", default="put the red cube in the left bin", help="what to ask for")
    parser.add_argument("--timeout", type=float, default=30.0, metavar="S", help="for the answer [s] (default: 30)")
    parser.add_argument("--no-send", action="store_true", help="only show what would be sent")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser.parse_args(words)


def main(args: Sequence[str] | None = None) -> int:
    """Check a policy and return the exit code."""
    options = _parse(remove_ros_args(list(sys.argv if args is None else args))[1:])
    try:
        policy, remote, observation = _load(options)
        with contextlib.closing(policy.client):
            _print_table("sent", check_sent(policy, remote.adapter, observation, options.instruction))
            if not options.no_send:
                _print_answer(policy, run_dry(policy, observation, options.instruction, options.timeout))
    except VlaError as error:
        if options.debug:
            raise
        sys.stderr.write(f"error: {error}\n")
        return 1 if isinstance(error, RemoteError) else 2
    return 0


def _load(options: argparse.Namespace) -> tuple[RemotePolicy, RemoteOptions, Observation]:
    contract = load_contract(options.contract, options.robot, options.target)
    config = find_policy(options.policy, policy_folder())
    if config.backend != "remote":
        raise PolicyError(f"'{options.policy}' runs in this program; only a policy with 'backend: remote' has a server")
    remote = remote_options(config.options).at(options.url)
    return remote_policy(remote, contract, time.monotonic_ns), remote, observation_at_rest(contract)


def _print_answer(policy: RemotePolicy, found: DryRun) -> None:
    sys.stdout.write(f"\nthe server says of itself: {found.described}\n")
    _print_table("received", found.received)
    specification = policy.specification
    _print_table(f"commanded ({specification.space.name.lower()}, safety comes after)", found.commanded)
    servers = "".join(f", {key} {value:.1f}" for key, value in found.timings_ms.items())
    sys.stdout.write(
        f"\n{specification.rows} rows, {specification.period_ns / 1e6:.1f} ms apart; "
        f"round trip {found.round_trip_s * 1e3:.1f} ms{servers}\n"
    )


def _print_table(title: str, rows: Sequence[Row]) -> None:
    widths = [max(len(getattr(row, name)) for row in rows) for name in ("key", "shape", "values")]
    sys.stdout.write(f"\n{title}\n")
    for row in rows:
        cells = zip((row.key, row.shape, row.values), widths, strict=True)
        line = "  ".join(f"{cell:<{width}}" for cell, width in cells)
        remark = f"  ! {row.remark}" if row.remark else ""
        sys.stdout.write(f"  {line}  {row.unit}{remark}".rstrip() + "\n")


if __name__ == "__main__":
    sys.exit(main())
