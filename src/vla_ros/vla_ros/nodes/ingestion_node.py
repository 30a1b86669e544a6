# SPDX-License-Identifier: Apache-2.0
"""``ros2 run vla_ros ingestion_node``: a lifecycle node that has an ``Ingestion``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import cv2

from rclpy.lifecycle import LifecycleNode
from vla_ros.errors import ConfigError
from vla_ros.nodes.ingestion import Ingestion, IngestionConfig
from vla_ros.nodes.lifecycle import Lifecycle
from vla_ros.nodes.parameters import read_config
from vla_ros.nodes.running import run_node

__all__ = ["IngestionNode", "main"]


class IngestionNode:
    """The program: a lifecycle node that has an ``Ingestion``."""

    def __init__(self) -> None:
        self.node = LifecycleNode("ingestion")
        self._config = read_config(self.node, IngestionConfig)
        self.ingestion = Ingestion(self.node, self._config)
        self.lifecycle = Lifecycle(self.node, self.ingestion)

    def start(self) -> None:
        """Configure and activate where the parameter says so."""
        if self._config.autostart and not self.lifecycle.start():
            raise ConfigError("the ingestion node could not be started; the line above says why")

    def stop(self) -> None:
        """Release everything."""
        self.lifecycle.stop()


def main(args: Sequence[str] | None = None) -> int:
    """Run the ingestion node."""
    cv2.setNumThreads(1)  # small images: a pool costs more than it saves, and the cores are the policy's
    return run_node(IngestionNode, args)


if __name__ == "__main__":
    sys.exit(main())
