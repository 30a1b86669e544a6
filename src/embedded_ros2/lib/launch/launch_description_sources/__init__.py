# SPDX-License-Identifier: Apache-2.0
"""Readers of launch files."""

from launch.launch_description_source import LaunchDescriptionSource
from launch.launch_description_sources.any_launch_description_source import AnyLaunchDescriptionSource
from launch.launch_description_sources.python_launch_description_source import PythonLaunchDescriptionSource
from launch.launch_description_sources.python_launch_file_utilities import (
    InvalidPythonLaunchFileError,
    get_launch_description_from_python_launch_file,
    load_python_launch_file_as_module,
)

__all__ = [
    "AnyLaunchDescriptionSource",
    "InvalidPythonLaunchFileError",
    "LaunchDescriptionSource",
    "PythonLaunchDescriptionSource",
    "get_launch_description_from_python_launch_file",
    "load_python_launch_file_as_module",
]
