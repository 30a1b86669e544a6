# SPDX-License-Identifier: Apache-2.0
"""The launch's own ROS node, made when an action needs one; it spins in a thread of its own until the launch ends."""

from __future__ import annotations

import os
import threading
from typing import Any

from launch.event_handlers import OnShutdown
from launch.launch_context import LaunchContext

_NAME = "ros_adapter"


class RosAdapter:
    """A node with its context, executor and thread."""

    def __init__(self, argv: list[str] | None = None) -> None:
        import rclpy
        from rclpy.executors import SingleThreadedExecutor

        self._context = rclpy.Context()
        rclpy.init(args=argv or [], context=self._context)
        self.node: Any = rclpy.create_node(f"launch_ros_{os.getpid()}", context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._running = True
        self._thread = threading.Thread(target=self._spin, name="launch_ros", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop spinning and take the node off the graph."""
        if not self._running:
            return
        self._running = False
        self._executor.wake()
        self._thread.join()
        self.node.destroy_node()
        self._context.shutdown()

    def _spin(self) -> None:
        while self._running:
            self._executor.spin_once(timeout_sec=0.5)


def get_ros_adapter(context: LaunchContext) -> RosAdapter:
    """Return the adapter of this launch, made the first time."""
    adapter = context.get_locals_as_dict().get(_NAME)
    if adapter is None:
        adapter = RosAdapter()
        context.extend_globals({_NAME: adapter})
        context.register_event_handler(OnShutdown(on_shutdown=lambda event, ctx: adapter.close()), append=True)
    return adapter


def get_ros_node(context: LaunchContext) -> Any:
    """Return the launch's own node."""
    return get_ros_adapter(context).node
