# SPDX-License-Identifier: Apache-2.0
"""Source that picks the reader by the name of the file."""

from __future__ import annotations

from pathlib import Path

from launch.errors import InvalidLaunchFileError
from launch.launch_description import LaunchDescription
from launch.launch_description_source import LaunchDescriptionSource
from launch.launch_description_sources.python_launch_file_utilities import (
    get_launch_description_from_python_launch_file,
)
from launch.some_substitutions_type import SomeSubstitutionsType


class AnyLaunchDescriptionSource(LaunchDescriptionSource):
    """Reads a launch file of any language that this runtime knows: Python."""

    def __init__(self, launch_file_path: SomeSubstitutionsType) -> None:
        super().__init__(location=launch_file_path, method="any launch file", read=_read)


def _read(path: str) -> LaunchDescription:
    if Path(path).suffix != ".py":
        raise InvalidLaunchFileError(
            f"launch file '{path}' is not written in Python: the embedded runtime reads .launch.py only"
        )
    return get_launch_description_from_python_launch_file(path)
