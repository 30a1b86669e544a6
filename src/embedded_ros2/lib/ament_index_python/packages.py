# SPDX-License-Identifier: Apache-2.0
"""Packages of the ament index: where they are installed."""

from __future__ import annotations

import os
from pathlib import Path

from embedded_ros2.interfaces.errors import nearest

from .resources import get_resources, has_resource
from .search_paths import get_search_paths


class PackageNotFoundError(KeyError):
    """No prefix has the package."""

    def __str__(self) -> str:
        """Return the sentence without the quotes of KeyError."""
        return str(self.args[0]) if self.args else ""


def get_packages_with_prefixes() -> dict[str, str]:
    """Return all packages, each with the prefix that has it."""
    return get_resources("packages")


def get_package_prefix(package_name: str) -> str:
    """Return the prefix of a package.

    Raises:
        PackageNotFoundError: with the prefixes searched and the nearest names.
        ValueError: when the name is no package name.
    """
    if not package_name.isidentifier() and not package_name.replace("-", "_").isidentifier():
        raise ValueError(f"'{package_name}' is not a valid package name")
    prefix = has_resource("packages", package_name)
    if not isinstance(prefix, str):
        raise PackageNotFoundError(
            f"package '{package_name}' not found, searching: {get_search_paths()}"
            f"{nearest(package_name, get_packages_with_prefixes())}"
        )
    return prefix


def get_package_share_directory(package_name: str, print_warning: bool = True) -> str:
    """Return ``<prefix>/share/<package>``.

    Raises:
        PackageNotFoundError: as for ``get_package_prefix``.
    """
    path = os.path.join(get_package_prefix(package_name), "share", package_name)
    if print_warning and not os.path.exists(path):
        import warnings

        warnings.warn(f"Share directory for {package_name} ({path}) does not exist.", stacklevel=2)
    return path


def get_package_share_path(package_name: str, print_warning: bool = True) -> Path:
    """Return ``get_package_share_directory`` as a path."""
    return Path(get_package_share_directory(package_name, print_warning))
