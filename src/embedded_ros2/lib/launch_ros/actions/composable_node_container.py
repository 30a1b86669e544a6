# SPDX-License-Identifier: Apache-2.0
"""Component containers. They load C++ libraries, which the embedded runtime has not: the actions say so."""

from __future__ import annotations

from typing import Any

from launch.action import Action
from launch.errors import LaunchError
from launch.launch_context import LaunchContext


class _NotEmbedded(Action):
    def __init__(self, *args: Any, condition: Any = None, **kwargs: Any) -> None:
        super().__init__(condition=condition)

    def execute(self, context: LaunchContext) -> None:
        """Raise LaunchError."""
        raise LaunchError(
            f"{type(self).__name__} loads C++ components, which needs a real ROS 2: "
            "start the nodes as processes with launch_ros.actions.Node"
        )


class ComposableNodeContainer(_NotEmbedded):
    """A container process for components."""


class LoadComposableNodes(_NotEmbedded):
    """Components for a container that runs."""
