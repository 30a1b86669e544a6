# SPDX-License-Identifier: Apache-2.0
"""Claims ament_cmake packages for the embedded runtime. Reads package.xml only; builds nothing."""

from typing import Any

from colcon_core.package_identification import PackageIdentificationExtensionPoint
from colcon_core.plugin_system import SkipExtensionException, satisfies_version

from embedded_ros2.colcon import PACKAGE_TYPE, real_ament_cmake

__all__ = ["EmbeddedIdentification"]


class EmbeddedIdentification(PackageIdentificationExtensionPoint):  # type: ignore[misc]
    """Gives ament_cmake packages a type of their own before colcon-ros gives them its own."""

    PRIORITY = 160  # colcon-ros has 150; dependencies and versions are still filled in by it, as for every "ros." type

    def __init__(self) -> None:
        """Stand aside where the real ament_cmake is at hand."""
        satisfies_version(PackageIdentificationExtensionPoint.EXTENSION_POINT_VERSION, "^1.0")
        prefix = real_ament_cmake()
        if prefix is not None:
            raise SkipExtensionException(f"ament_cmake of {prefix} builds these packages")

    def identify(self, desc: Any) -> None:
        """Set type and name of an ament_cmake package, and leave every other one alone."""
        # Imported here: colcon loads all extensions for every verb, and colcon-ros pulls in catkin_pkg.
        from colcon_ros.package_identification.ros import get_package_with_build_type

        if desc.type is not None or not (desc.path / "package.xml").is_file():
            return
        if any((desc.path / marker).exists() for marker in ("AMENT_IGNORE", "CATKIN_IGNORE")):
            return
        package, build_type = get_package_with_build_type(str(desc.path))
        if package is None or build_type != "ament_cmake":
            return
        desc.type = PACKAGE_TYPE
        desc.name = desc.name or package.name
