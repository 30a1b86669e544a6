# SPDX-License-Identifier: Apache-2.0
"""Handlers of events that know ROS."""

from launch_ros.event_handlers.on_state_transition import OnStateTransition

__all__ = ["OnStateTransition"]
