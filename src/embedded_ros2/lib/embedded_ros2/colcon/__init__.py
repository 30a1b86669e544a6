# SPDX-License-Identifier: Apache-2.0
"""Extensions with which plain ``colcon build`` builds ament_cmake packages without ROS 2, CMake or a compiler.

``identification`` claims those packages, ``build`` installs their interfaces and folders, ``environment`` puts the
runtime's own programs on the PATH of whoever sources ``install/setup.bash``. They stand aside wherever the real
ament_cmake is on the ``AMENT_PREFIX_PATH``. ament_python packages are built by colcon-ros in both worlds.
"""

import os
from pathlib import Path

PACKAGE_TYPE = "ros.embedded_ament_cmake"


def real_ament_cmake() -> Path | None:
    """Return the prefix of a real ament_cmake on the ``AMENT_PREFIX_PATH``, or None."""
    prefixes = (Path(entry) for entry in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if entry)
    return next((prefix for prefix in prefixes if (prefix / "share" / "ament_cmake" / "cmake").is_dir()), None)
