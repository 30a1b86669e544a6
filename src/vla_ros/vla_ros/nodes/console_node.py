# SPDX-License-Identifier: Apache-2.0
"""``ros2 run vla_ros console_node``: the operator console in the browser, at http://localhost:8080. Wiring only."""

from __future__ import annotations

import io
import secrets
import socket
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from rclpy.time import Time
from tf2_ros import TransformException
from vla_ros.console.charts import StripChart
from vla_ros.console.gate import Gate, is_loopback
from vla_ros.console.panel import Panel
from vla_ros.console.stage import Stage
from vla_ros.contract import load_contract
from vla_ros.errors import ConfigError
from vla_ros.nodes.console_commands import ConsoleCommands
from vla_ros.nodes.console_feed import ConsoleFeed
from vla_ros.nodes.parameters import read_config
from vla_ros.nodes.running import run_node
from vla_ros.nodes.teleop import Teleop

__all__ = ["ConsoleConfig", "ConsoleNode", "main"]

_SHOW_S, _CHARTS_S = 0.1, 1.0  # a picture ten times a second is motion enough for an overview
_HIDDEN_PORT = 18080  # of the web server behind the gate; the next free one is taken
_EVERYWHERE = ("0.0.0.0", "::")
_OPEN_M = 0.08  # where the contract names no gripper


@dataclass(frozen=True, slots=True)
class ConsoleConfig:
    """Parameters of the console."""

    contract: str = field(metadata={"description": "path of the robot contract"})
    robot: str = field(default="", metadata={"description": "which robot of the contract; empty: its default"})
    target: str = field(default="", metadata={"description": "sim or real; empty: the contract's default"})
    port: int = field(default=8080, metadata={"description": "of the web server"})
    host: str = field(default="127.0.0.1", metadata={"description": "address that it listens at; 0.0.0.0: every one"})
    token: str = field(
        default="", metadata={"description": "asked for at other addresses than this machine's own; empty: a new one"}
    )

    def __post_init__(self) -> None:
        if not self.contract:
            raise ConfigError("the parameter 'contract' must be the path of a robot contract, got an empty one")
        if not 1 <= self.port <= 65535:
            raise ConfigError(f"port must lie in 1 .. 65535, got {self.port}")


class ConsoleNode:
    """The program: a node and a web server."""

    def __init__(self) -> None:
        self.node = Node("console")
        self._config = read_config(self.node, ConsoleConfig)
        self._contract = load_contract(self._config.contract, self._config.robot, self._config.target)

    def start(self) -> None:
        """Serve."""
        import viser  # here: where no console is wanted, the package need not be installed

        config, contract = self._config, self._contract
        with redirect_stdout(io.StringIO()):  # it tells the address behind the gate, which is not for people
            self._server = viser.ViserServer(host="127.0.0.1", port=_HIDDEN_PORT, label="vla_ros", verbose=False)
        teleop = Teleop(self.node, contract.frames.base)
        gripper = contract.arm.gripper
        width_m = _OPEN_M if gripper is None else gripper.max_width_m
        commands = ConsoleCommands(self.node, teleop, partial(self._begin_teleop, teleop), width_m)
        charts = [
            StripChart(("observation age [ms]", "delay [ms]", "inference [ms]")),
            StripChart(("speed along the path", "tracking error [0.1 rad]")),
        ]
        cameras = [stream.key for stream in contract.streams if stream.is_image]
        stage, panel = Stage(self._server), Panel(self._server, commands, charts, cameras)
        self._feed = ConsoleFeed(self.node, contract, stage, panel, charts)
        self._feed.on_epoch = partial(setattr, teleop, "epoch")
        for period_s, show in ((_SHOW_S, self._feed.show), (_CHARTS_S, panel.refresh_charts)):
            self.node.create_timer(period_s, partial(self._where_somebody_looks, show))
        self._open_gate(config)

    def stop(self) -> None:
        """Stop serving."""
        for part, end in (("_gate", "close"), ("_server", "stop")):
            if hasattr(self, part):
                getattr(getattr(self, part), end)()

    def _open_gate(self, config: ConsoleConfig) -> None:
        local = is_loopback(config.host)
        token = "" if local else config.token or secrets.token_urlsafe(12)
        try:
            self._gate = Gate(config.host, config.port, self._server.get_port(), token)
        except OSError as error:
            raise ConfigError(f"the console cannot listen at {config.host}:{config.port}: {error.strerror}") from error
        host = "localhost" if local else socket.gethostname() if config.host in _EVERYWHERE else config.host
        address = f"http://{host}:{self._gate.port}" + (f"/?token={token}" if token else "")
        self.node.get_logger().info(f"operator console: {address}")

    def _where_somebody_looks(self, show: Any) -> None:
        if self._server.get_clients():
            show()

    def _begin_teleop(self, teleop: Teleop) -> bool:
        frames = self._contract.frames
        try:
            teleop.begin(self._feed.buffer.lookup_transform(frames.base, frames.tool, Time()), -1.0)
        except TransformException as error:
            self.node.get_logger().error(f"the arm cannot be taken over: {error}")
            return False
        return True


def main(args: Sequence[str] | None = None) -> int:
    """Run the console."""
    return run_node(ConsoleNode, args, lambda: MultiThreadedExecutor(num_threads=2))


if __name__ == "__main__":
    sys.exit(main())
