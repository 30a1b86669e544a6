# SPDX-License-Identifier: Apache-2.0
"""Where a package is installed."""

from __future__ import annotations

import ament_index_python.packages as index
from launch.errors import SubstitutionFailure
from launch.launch_context import LaunchContext
from launch.some_substitutions_type import SomeSubstitutionsType
from launch.substitution import Substitution
from launch.utilities import nearest_names, normalize_to_list_of_substitutions, substitute


class FindPackagePrefix(Substitution):
    """Prefix of a package: the folder above ``lib`` and ``share``."""

    def __init__(self, package: SomeSubstitutionsType) -> None:
        self._package = normalize_to_list_of_substitutions(package)

    @property
    def package(self) -> list[Substitution]:
        """Package, as substitutions."""
        return self._package

    def describe(self) -> str:
        """Return a short form for people."""
        return f"{type(self).__name__}(pkg={' + '.join(sub.describe() for sub in self._package)})"

    def perform(self, context: LaunchContext) -> str:
        """Return the folder.

        Raises:
            SubstitutionFailure: there is no such package.
        """
        return package_prefix(substitute(context, self._package))


class FindPackageShare(FindPackagePrefix):
    """Share folder of a package."""

    def perform(self, context: LaunchContext) -> str:
        """Return the folder.

        Raises:
            SubstitutionFailure: there is no such package.
        """
        name = substitute(context, self._package)
        package_prefix(name)
        return str(index.get_package_share_directory(name))

    def find(self, package_name: str) -> str:
        """Return the share folder of a package."""
        package_prefix(package_name)
        return str(index.get_package_share_directory(package_name))


def package_prefix(name: str) -> str:
    """Return the prefix of a package.

    Raises:
        SubstitutionFailure: there is no such package, with the nearest names.
    """
    try:
        return str(index.get_package_prefix(name))
    except (LookupError, ValueError) as error:
        near = nearest_names(name, index.get_packages_with_prefixes())
        raise SubstitutionFailure(
            f"package '{name}' not found{near}; is its workspace built and sourced (AMENT_PREFIX_PATH)?"
        ) from error
