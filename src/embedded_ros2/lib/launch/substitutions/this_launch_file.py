# SPDX-License-Identifier: Apache-2.0
"""Text that the launch itself knows: its file, its log folder, unique names."""

from __future__ import annotations

import os
import socket

from launch import logging
from launch.errors import SubstitutionFailure
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.substitution import Substitution
from launch.utilities import normalize_to_list_of_substitutions, substitute


class ThisLaunchFile(Substitution):
    """Path of the launch file that is being visited."""

    def perform(self, context: LaunchContext) -> str:
        """Return the path."""
        return _local(context, "current_launch_file_path")


class ThisLaunchFileDir(Substitution):
    """Folder of the launch file that is being visited."""

    def perform(self, context: LaunchContext) -> str:
        """Return the path."""
        return _local(context, "current_launch_file_directory")


class LaunchLogDir(Substitution):
    """Folder of the log files of this launch."""

    def perform(self, context: LaunchContext) -> str:
        """Return the path."""
        return str(logging.launch_config.log_dir)


class AnonName(Substitution):
    """A name that is the same in one launch and unique among machines and launches."""

    def __init__(self, name: SomeSubstitutionsType) -> None:
        self._name = normalize_to_list_of_substitutions(name)

    def perform(self, context: LaunchContext) -> str:
        """Return the name with host and process behind it, in characters that a node name may have."""
        name = substitute(context, self._name)
        host = "".join(letter if letter.isalnum() else "_" for letter in socket.gethostname())
        return context.launch_configurations.setdefault("anon" + name, f"{name}_{host}_{os.getpid()}")


def _local(context: LaunchContext, name: str) -> str:
    value = context.get_locals_as_dict().get(name)
    if value is None:
        raise SubstitutionFailure("there is no current launch file: the description was not read from one")
    return str(value)
