# SPDX-License-Identifier: Apache-2.0
"""``ros2 run vla_ros serve_fake``: a policy server that has no policy, in any protocol and with any misbehaviour."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from rclpy.utilities import remove_ros_args
from vla_ros.errors import VlaError
from vla_ros.policy.remote.protocols import PROTOCOLS
from vla_ros.serving.fake import BEHAVIOURS, FakeConfig
from vla_ros.serving.fake.server import FakeServer, open_fake
from vla_ros.serving.server import serve_until_interrupted

__all__ = ["main"]


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="serve_fake", description="Serve known actions, or misbehave on purpose.")
    parser.add_argument("protocol", help=f"one of {', '.join(PROTOCOLS)}")
    parser.add_argument("behaviour", nargs="?", default="sine", help=f"one of {', '.join(BEHAVIOURS)} (default: sine)")
    parser.add_argument("--port", type=int, default=0, help="TCP port (default: the protocol's usual one)")
    parser.add_argument("--rows", type=int, default=10, help="rows of an answer (default: 10)")
    parser.add_argument("--columns", type=int, default=8, help="columns of an answer (default: 8)")
    parser.add_argument("--keys", default="", help="NAME:WIDTH,… that the columns are split into (GR00T)")
    parser.add_argument("--value", type=float, default=0.0, help="of every number of constant")
    parser.add_argument("--delay", type=float, default=1.0, metavar="S", help="of slow and late [s] (default: 1)")
    parser.add_argument("--file", default="", help="chunks (N, T, A) of replay, .npy")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    options = parser.parse_args(words)
    try:
        pairs = [pair.partition(":") for pair in options.keys.split(",") if pair]
        options.keys = tuple((name, int(width)) for name, _, width in pairs)
    except ValueError:
        parser.error(f"--keys is NAME:WIDTH,NAME:WIDTH,…, got '{options.keys}'")
    return options


def main(args: Sequence[str] | None = None) -> int:
    """Serve until interrupted and return the exit code."""
    options = _parse(remove_ros_args(list(sys.argv if args is None else args))[1:])
    try:
        server = _open(options)
    except VlaError as error:
        if options.debug:
            raise
        sys.stderr.write(f"error: {error}\n")
        return 2
    sys.stdout.write(f"{options.behaviour} at {server.url}\n")
    sys.stdout.flush()
    serve_until_interrupted(server)
    return 0


def _open(options: argparse.Namespace) -> FakeServer:
    config = FakeConfig(
        behaviour=FakeConfig.behaviour_named(options.behaviour),
        rows=options.rows,
        columns=options.columns,
        keys=options.keys,
        value=options.value,
        delay_s=options.delay,
        file=options.file,
    )
    row = PROTOCOLS.get(options.protocol)
    usual = int(row.default_url.rpartition(":")[2].partition("/")[0]) if row else 0
    return open_fake(options.protocol, config, options.port or usual)


if __name__ == "__main__":
    sys.exit(main())
