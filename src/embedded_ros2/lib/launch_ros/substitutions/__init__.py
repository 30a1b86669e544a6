# SPDX-License-Identifier: Apache-2.0
"""Substitutions that know ROS packages and parameters."""

from launch_ros.substitutions.executable_in_package import ExecutableInPackage
from launch_ros.substitutions.find_package import FindPackagePrefix, FindPackageShare
from launch_ros.substitutions.parameter import Parameter

FindPackage = FindPackagePrefix

__all__ = ["ExecutableInPackage", "FindPackage", "FindPackagePrefix", "FindPackageShare", "Parameter"]
