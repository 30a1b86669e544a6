# SPDX-License-Identifier: Apache-2.0
"""Descriptions of programs."""

from launch.descriptions.executable import Executable

__all__ = ["Executable"]
