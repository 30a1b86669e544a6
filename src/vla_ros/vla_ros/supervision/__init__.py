# SPDX-License-Identifier: Apache-2.0
"""The order in which managed nodes are started and what is told about it. No ROS, no clock, no processes."""

from vla_ros.supervision.start_order import NodeState, Request, StartOrder, StartOrderConfig

__all__ = ["NodeState", "Request", "StartOrder", "StartOrderConfig"]
