# SPDX-License-Identifier: Apache-2.0
"""Puts the folder of ``ros2`` on the PATH of whoever sources ``install/setup.bash``, as a sourced ROS 2 does."""

import sysconfig
from pathlib import Path

from colcon_core.environment import EnvironmentExtensionPoint
from colcon_core.plugin_system import SkipExtensionException, satisfies_version
from colcon_core.shell import create_environment_hook

from embedded_ros2.colcon import real_ament_cmake

__all__ = ["EmbeddedEnvironment"]


class EmbeddedEnvironment(EnvironmentExtensionPoint):  # type: ignore[misc]
    """One hook per package that prepends the scripts folder of this Python to the PATH."""

    def __init__(self) -> None:
        """Stand aside where a real ROS 2 is sourced."""
        super().__init__()
        satisfies_version(EnvironmentExtensionPoint.EXTENSION_POINT_VERSION, "^1.0")
        if real_ament_cmake() is not None:
            raise SkipExtensionException("a real ROS 2 brings its own programs")

    def create_environment_hooks(self, prefix_path: Path, pkg_name: str) -> list[Path]:
        """Return the hook scripts of one package, relative to the prefix."""
        scripts = sysconfig.get_path("scripts")
        hooks: list[Path] = create_environment_hook("embedded_ros2", prefix_path, pkg_name, "PATH", scripts)
        return hooks
