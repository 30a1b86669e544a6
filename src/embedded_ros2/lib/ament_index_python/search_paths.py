# SPDX-License-Identifier: Apache-2.0
"""The prefixes that are searched."""

from __future__ import annotations

import os

from embedded_ros2.interfaces.package_index import STANDARD_PREFIX

from .constants import AMENT_PREFIX_PATH_ENV_VAR


def get_search_paths() -> list[str]:
    """Return the existing prefixes of ``AMENT_PREFIX_PATH``, then the one that ships with the embedded runtime."""
    prefixes = os.environ.get(AMENT_PREFIX_PATH_ENV_VAR, "").split(os.pathsep)
    found = [prefix for prefix in dict.fromkeys(prefixes) if prefix and os.path.isdir(prefix)]
    return [*found, *([] if STANDARD_PREFIX in found else [STANDARD_PREFIX])]
