# SPDX-License-Identifier: Apache-2.0
"""``ros2 run vla_ros executor_node``: instructions to finished tasks, as a managed node. See ``Executing``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rclpy.lifecycle import LifecycleNode
from vla_ros.errors import ConfigError
from vla_ros.nodes.executing import Executing, ExecutingConfig
from vla_ros.nodes.lifecycle import Lifecycle
from vla_ros.nodes.parameters import read_config
from vla_ros.nodes.running import run_node

__all__ = ["ExecutorNode", "main"]


class ExecutorNode:
    """The program: a lifecycle node that has an ``Executing``."""

    def __init__(self) -> None:
        self.node = LifecycleNode("executor")
        self._config = read_config(self.node, ExecutingConfig)
        self.executing = Executing(self.node, self._config)
        self.lifecycle = Lifecycle(self.node, self.executing)

    def start(self) -> None:
        """Configure and activate where the parameter says so."""
        if self._config.autostart and not self.lifecycle.start():
            raise ConfigError("the executor node could not be started; the line above says why")

    def stop(self) -> None:
        """Release everything."""
        self.lifecycle.stop()


def main(args: Sequence[str] | None = None) -> int:
    """Run the executor node."""
    return run_node(ExecutorNode, args)


if __name__ == "__main__":
    sys.exit(main())
