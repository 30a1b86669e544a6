# SPDX-License-Identifier: Apache-2.0
"""Events of lifecycle nodes."""

from launch_ros.events.lifecycle.lifecycle_events import ChangeState, StateTransition
from launch_ros.events.matchers import matches_node_name

__all__ = ["ChangeState", "StateTransition", "matches_node_name"]
