# SPDX-License-Identifier: Apache-2.0
"""Warns once of participants whose middleware encodes services differently."""

from __future__ import annotations

from typing import Any

from rclpy._executable import Executable, Work
from rclpy.context import Context

# Of this process: every node sees the same network.
_warned: set[str] = set()


class VendorWatch(Executable):
    """Looks at newly discovered participants."""

    def __init__(self, context: Context, logger: Any):
        super().__init__(None)
        self._graph = context.graph
        self._logger = logger

    def wait_handles(self) -> tuple[int, ...]:
        return (self._graph.participants_condition,)

    def take_work(self) -> Work | None:
        for vendor in self._graph.foreign_vendors() - _warned:
            _warned.add(vendor)
            self._logger.warning(
                f"Discovered ROS nodes on {vendor}: topics work, services, actions and parameters do not. "
                "Start them with RMW_IMPLEMENTATION=rmw_cyclonedds_cpp."
            )
        return None
