# SPDX-License-Identifier: Apache-2.0
"""The path of an executable of a package."""

from __future__ import annotations

import os
from pathlib import Path

from launch.errors import SubstitutionFailure
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.substitution import Substitution
from launch.utilities import nearest_names, normalize_to_list_of_substitutions, substitute
from launch_ros.substitutions.find_package import package_prefix


class ExecutableInPackage(Substitution):
    """Path of ``<prefix>/lib/<package>/<executable>``."""

    def __init__(self, executable: SomeSubstitutionsType, package: SomeSubstitutionsType) -> None:
        self._executable = normalize_to_list_of_substitutions(executable)
        self._package = normalize_to_list_of_substitutions(package)

    def describe(self) -> str:
        """Return a short form for people."""
        names = (" + ".join(sub.describe() for sub in part) for part in (self._executable, self._package))
        return f"ExecInPkg({', '.join(names)})"

    def perform(self, context: LaunchContext) -> str:
        """Return the path.

        Raises:
            SubstitutionFailure: there is no such package, or no such executable in it.
        """
        return find_executable(substitute(context, self._package), substitute(context, self._executable))


def executables_of(package: str) -> dict[str, str]:
    """Return the paths of a package's executables by name."""
    folder = Path(package_prefix(package)) / "lib" / package
    files = sorted(folder.rglob("*")) if folder.is_dir() else []
    return {path.name: str(path) for path in files if path.is_file() and os.access(path, os.X_OK)}


def find_executable(package: str, executable: str) -> str:
    """Return the path of an executable of a package.

    Raises:
        SubstitutionFailure: there is none, with the nearest names.
    """
    known = executables_of(package)
    path = known.get(executable)
    if path is None:
        folder = Path(package_prefix(package)) / "lib" / package
        near = nearest_names(executable, known)
        raise SubstitutionFailure(f"executable '{executable}' not found in '{folder}'{near}")
    return path
