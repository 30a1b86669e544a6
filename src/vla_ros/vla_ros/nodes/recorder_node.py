# SPDX-License-Identifier: Apache-2.0
"""``ros2 run vla_ros recorder_node``: a lifecycle node that has a ``RecorderComponent``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rclpy.lifecycle import LifecycleNode
from vla_ros.errors import ConfigError
from vla_ros.nodes.lifecycle import Lifecycle
from vla_ros.nodes.parameters import read_config
from vla_ros.nodes.recorder import RecorderComponent, RecorderParameters
from vla_ros.nodes.running import run_node

__all__ = ["RecorderNode", "main"]


class RecorderNode:
    """The program: a lifecycle node that has a ``RecorderComponent``."""

    def __init__(self) -> None:
        self.node = LifecycleNode("recorder")
        self._autostart = read_config(self.node, RecorderParameters).autostart
        self.lifecycle = Lifecycle(self.node, RecorderComponent(self.node))

    def start(self) -> None:
        """Configure and activate where the parameter says so."""
        if self._autostart and not self.lifecycle.start():
            raise ConfigError("the recorder could not be started; the line above says why")

    def stop(self) -> None:
        """Close the bag and release everything."""
        self.lifecycle.stop()


def main(args: Sequence[str] | None = None) -> int:
    """Run the recorder."""
    return run_node(RecorderNode, args)


if __name__ == "__main__":
    sys.exit(main())
