# SPDX-License-Identifier: Apache-2.0
"""``ros2 run vla_ros planner_node``: System 2 as a managed node. The work is done by ``Planning``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

from rclpy.executors import MultiThreadedExecutor
from rclpy.lifecycle import LifecycleNode
from vla_ros.errors import ConfigError
from vla_ros.nodes.lifecycle import Lifecycle
from vla_ros.nodes.parameters import read_config
from vla_ros.nodes.planning import Planning, PlanningConfig
from vla_ros.nodes.running import run_node

__all__ = ["PlannerNode", "main"]


class PlannerNode:
    """The program: a lifecycle node that has a ``Planning``."""

    def __init__(self) -> None:
        self.node = LifecycleNode("planner")
        self._config = read_config(self.node, PlanningConfig)
        self.planning = Planning(self.node, self._config)
        self.lifecycle = Lifecycle(self.node, self.planning)

    def start(self) -> None:
        """Configure and activate where the parameter says so."""
        if self._config.autostart and not self.lifecycle.start():
            raise ConfigError("the planner node could not be started; the line above says why")

    def stop(self) -> None:
        """Release everything."""
        self.lifecycle.stop()


def main(args: Sequence[str] | None = None) -> int:
    """Run the planner node."""
    # Two threads: one for the model, one for everything else.
    return run_node(PlannerNode, args, partial(MultiThreadedExecutor, num_threads=2))


if __name__ == "__main__":
    sys.exit(main())
