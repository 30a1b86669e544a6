# SPDX-License-Identifier: Apache-2.0
"""Source for ``.launch.py`` files."""

from __future__ import annotations

from launch.launch_description_source import LaunchDescriptionSource
from launch.launch_description_sources.python_launch_file_utilities import (
    get_launch_description_from_python_launch_file,
)
from launch.some_substitutions_type import SomeSubstitutionsType


class PythonLaunchDescriptionSource(LaunchDescriptionSource):
    """Reads a launch file written in Python."""

    def __init__(self, launch_file_path: SomeSubstitutionsType) -> None:
        super().__init__(
            location=launch_file_path,
            method="interpreted python launch file",
            read=get_launch_description_from_python_launch_file,
        )
