# SPDX-License-Identifier: Apache-2.0
"""``ros2 run vla_ros replay_live_node``: plays a bag to running ingestion and policy nodes, and judges what they do.

``ros2 bag play`` plays the robot's own topics with the bag's clock, the policy makes one run of the bag's instruction,
a recorder keeps what the nodes say, and ``evaluate_bag`` makes a report of it. Wiring only.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from vla_ros.errors import VlaError
from vla_ros.nodes.parameters import read_config
from vla_ros.nodes.replay_live import LiveRun, ReplayLiveParameters, played_bag
from vla_ros.nodes.running import run_node
from vla_ros.recording import is_unfinished

__all__ = ["ReplayLiveNode", "main"]

TICK_S, CLOCK_HZ = 0.1, "200"
PATIENCE_S = 60.0  # a policy may compile its kernels first


class ReplayLiveNode:
    """The program: ends with the exit code of the evaluation."""

    def __init__(self) -> None:
        self.node = Node("replay_live")
        self.exit_code: int | None = None
        self._parameters = read_config(self.node, ReplayLiveParameters)
        self._played = played_bag(self._parameters, self.node.get_namespace())
        self._run = LiveRun(self.node, self._played.instruction)
        self._before: set[Path] = set()
        self._process: Any = None
        self._step, self._ticks = self._wait_for_nodes, 0

    def start(self) -> None:
        """Go on ten times a second."""
        self.node.create_timer(TICK_S, self._on_tick, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def stop(self) -> None:
        """End what was started."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()

    def _on_tick(self) -> None:
        self._ticks += 1
        self._step()

    def _wait_for_nodes(self) -> None:
        self._be_patient("policy and recorder are there")
        if self._run.is_ready:
            self._before = self._parameters.recordings()
            self._run.arm()
            words = ("ros2", "bag", "play", self._parameters.bag, "--clock", CLOCK_HZ, "--topics", *self._played.topics)
            self._begin(words, self._play)

    def _play(self) -> None:
        if self._process.poll() is not None:
            self._run.end()
            self._step, self._ticks = self._wait_for_recording, 0

    def _wait_for_recording(self) -> None:
        self._be_patient("the recording is complete")
        made = [bag for bag in self._parameters.recordings() - self._before if not is_unfinished(bag)]
        if made:
            p = self._parameters
            self.node.get_logger().info(f"what the nodes said is in {made[0]}")
            words = ["--contract", p.contract, "--robot", p.robot, "--target", p.target, "--policy", "live=recorded"]
            words += ["--mode", "shadow", "--html", p.html, "--json", p.json]
            self._begin((sys.executable, "-m", "vla_ros.replay.evaluate_bag", str(made[0]), *words), self._judge)

    def _judge(self) -> None:
        self.exit_code = self._process.poll()

    def _begin(self, command: Sequence[str], step: Any) -> None:
        self._process = subprocess.Popen(command)
        self._step, self._ticks = step, 0

    def _be_patient(self, what: str) -> None:
        if self._ticks * TICK_S > PATIENCE_S:
            raise VlaError(f"waited {PATIENCE_S:g} s until {what}")


def main(args: Sequence[str] | None = None) -> int:
    """Run the program."""
    return run_node(ReplayLiveNode, args)


if __name__ == "__main__":
    sys.exit(main())
