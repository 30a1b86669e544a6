# SPDX-License-Identifier: Apache-2.0
"""What the ``ros2 pkg`` verbs share: packages by name, and their executables."""

from __future__ import annotations

import os

from ros2cli.errors import CliError


def prefix_of(package: str) -> str:
    """Return the prefix of a package; CliError, with the nearest names, where there is none."""
    from ament_index_python import get_package_prefix

    try:
        return get_package_prefix(package)
    except (LookupError, ValueError) as error:
        raise CliError(str(error)) from error


def executables_of(package: str) -> list[str]:
    """Return the paths of a package's executables, sorted."""
    folder = os.path.join(prefix_of(package), "lib", package)
    found = []
    for parent, folders, names in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [os.path.join(parent, name) for name in names if os.access(os.path.join(parent, name), os.X_OK)]
    return sorted(found)
