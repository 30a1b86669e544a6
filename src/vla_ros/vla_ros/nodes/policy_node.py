# SPDX-License-Identifier: Apache-2.0
"""``ros2 run vla_ros policy_node``: a lifecycle node that has a ``PolicyComponent``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rclpy.executors import MultiThreadedExecutor
from rclpy.lifecycle import LifecycleNode
from vla_ros.errors import ConfigError
from vla_ros.nodes.lifecycle import Lifecycle
from vla_ros.nodes.parameters import read_config
from vla_ros.nodes.policy import PolicyComponent
from vla_ros.nodes.policy_loading import PolicyParameters
from vla_ros.nodes.running import run_node

__all__ = ["PolicyNode", "main"]

# Python hands its lock over that often. With its own 5 ms a callback can wait that long for a back end's Python.
_SWITCH_S = 5e-4
_THREADS = 4  # callbacks, a goal that waits, one that takes over, and the middleware's own


class PolicyNode:
    """The program: a lifecycle node that has a ``PolicyComponent``."""

    def __init__(self) -> None:
        self.node = LifecycleNode("policy")
        self._parameters = read_config(self.node, PolicyParameters)
        self.component = PolicyComponent(self.node, self._parameters)
        self.lifecycle = Lifecycle(self.node, self.component)

    def start(self) -> None:
        """Configure and activate where the parameter says so."""
        if self._parameters.autostart and not self.lifecycle.start():
            raise ConfigError("the policy node could not be started; the line above says why")

    def stop(self) -> None:
        """Release everything."""
        self.lifecycle.stop()


def main(args: Sequence[str] | None = None) -> int:
    """Run the policy node."""
    sys.setswitchinterval(_SWITCH_S)
    return run_node(PolicyNode, args, lambda: MultiThreadedExecutor(num_threads=_THREADS))


if __name__ == "__main__":
    sys.exit(main())
