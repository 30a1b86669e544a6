# SPDX-License-Identifier: Apache-2.0
"""Types of franka_msgs, which is not on every machine with ROS 2: looked up by name, never imported."""

from __future__ import annotations

from functools import cache
from typing import Any

from rosidl_runtime_py.utilities import get_action, get_message

__all__ = ["franka_action", "franka_message"]


@cache
def franka_action(name: str) -> Any:
    """Return the class of ``franka_msgs/action/<name>``, None where the package is not installed."""
    try:
        return get_action(f"franka_msgs/action/{name}")
    except (ImportError, AttributeError, ValueError):
        return None


@cache
def franka_message(name: str) -> Any:
    """Return the class of ``franka_msgs/msg/<name>``, None where the package is not installed."""
    try:
        return get_message(f"franka_msgs/msg/{name}")
    except (ImportError, AttributeError, ValueError):
        return None
