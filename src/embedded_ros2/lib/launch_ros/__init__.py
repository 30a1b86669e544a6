# SPDX-License-Identifier: Apache-2.0
"""What launch knows of ROS: nodes with names, namespaces, parameters, remaps. No rclpy before it is needed."""

from launch_ros import actions, descriptions, event_handlers, events, substitutions

__all__ = ["actions", "descriptions", "event_handlers", "events", "substitutions"]
